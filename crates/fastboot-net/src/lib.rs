//! The fastboot protocol over UDP and TCP: [`UdpTransport`] and [`TcpTransport`].
//!
//! Formats: "UDP Protocol v1" and "TCP Protocol v1" in AOSP's `system/core/fastboot/README.md`. Neither authenticates the device:
//! both belong on a network that you trust.
//!
//! ```no_run
//! use fastboot::{Client, Limits};
//! use fastboot_net::{UdpLimits, UdpTransport};
//!
//! let device = "192.168.1.5".parse()?;
//! let transport = UdpTransport::connect(&device, UdpLimits::default())?;
//! let mut client = Client::new(transport, Limits::default(), |event| println!("{event}"));
//! println!("{:?}", client.is_unlocked()?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod address;
mod error;
mod packet;
mod tcp;
mod time;
mod udp;

pub use address::{Address, PORT};
pub use error::Error;
pub use tcp::{TcpLimits, TcpTransport};
pub use udp::{UdpLimits, UdpTransport};
