//! A block device whose data comes from user space: the part of the kernel's [ublk] driver, and of io_uring, that this takes.
//!
//! The device is read-only and has one queue. The driver copies data between requests and the buffers here. If the server's process ends, the
//! device waits, and another process can [recover](Device::recover) it: the driver then issues the requests again that the first process left.
//!
//! One thread serves: it opens the [`Queue`], and calls [`Queue::wait`] in a loop. [`Device::start`] blocks until the queue is served, so it
//! runs on another thread:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::os::fd::AsFd;
//! let dev = std::fs::File::open("/dev")?;
//! let parameters = ublk::Parameters { size: 1 << 20, block_size: 4096, queue_depth: 16, max_io: 64 << 10 };
//! let mut device = ublk::Device::add(dev.as_fd(), &parameters)?;
//! let mut queue = device.open_queue()?;
//! std::thread::spawn(move || device.start());
//! let mut requests = Vec::with_capacity(16);
//! loop {
//!     queue.wait(&mut requests)?;
//!     for io in &requests {
//!         queue.buffer(io.tag).fill(0);
//!         queue.complete(io.tag, Ok(io.length));
//!     }
//! }
//! # }
//! ```
//!
//! Linux 6.4 or later. Of the crates of stage0, the only one with `unsafe` blocks.
//!
//! [ublk]: https://docs.kernel.org/block/ublk.html

mod control;
mod device;
mod error;
pub mod interrupt;
mod io;
mod layout;
mod memory;
mod parameters;
mod queue;
mod ring;

pub use device::Device;
pub use error::Error;
pub use io::{Io, Operation};
pub use parameters::Parameters;
pub use queue::{Queue, Waker};
