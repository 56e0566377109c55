//! Plans, builds and sends the boot image that starts an image's system on a device.
//!
//! 1. [`Plan::new`] chooses root file system, kernel, device tree and modules, and checks what can be checked
//!    without building anything.
//! 2. [`Plan::build`] packs the kernel and writes the initramfs, and compares all sizes with the limits of the
//!    boot loader.
//! 3. [`BootImage::write`] writes the image, or [`BootImage::send`] sends it to a boot loader.
//! 4. [`observe`] finds out what became of the device.
//!
//! Each step reports what it does as an [`Event`]. Nothing here prints, or reads a terminal. Equal input gives
//! equal bytes: no part of an image depends on the time, or on the machine.
//!
//! The image and the device are untrusted: what is read of them is limited in size, and their texts are passed
//! on as they are. Whoever prints an event escapes its control characters.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod build;
mod command_line;
mod error;
mod event;
mod initramfs;
mod kernel;
mod mac;
mod needs;
mod parameters;
mod plan;
mod request;
mod root;
mod send;
mod tree;
mod watch;

#[cfg(test)]
mod test_image;
#[cfg(test)]
mod tests;

pub use build::BootImage;
pub use error::{Error, ErrorKind};
pub use event::{
    DeviceReport, DeviceTreeReport, Event, ImageReport, InitramfsReport, KernelReport, MacReport,
    ModulesReport, OutcomeReport, Progress, RootReport, Step,
};
pub use needs::{NeededModule, Needs, device_needs, root_needs, usb_needs};
pub use plan::Plan;
pub use request::{Device, Request, RootSource};
pub use send::Answer;
pub use tree::find_device_tree;
pub use watch::{Change, Outcome, Watch, observe};

/// Receives events.
pub type Events<'a> = dyn FnMut(Event) + 'a;
