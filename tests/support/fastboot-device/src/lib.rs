//! A fastboot boot loader with faults, for tests.
//!
//! [`Device`] is the boot loader without I/O: it takes what a host sends, and returns what it answers. [`UdpFront`] and
//! [`TcpFront`] serve it on localhost, with the faults of a network, and [`UsbFront`] over USB.

mod behaviour;
mod device;
mod tcp;
mod udp;
mod usb;

pub use behaviour::{Answer, Behaviour, Padding, UnknownVariable};
pub use device::Device;
pub use tcp::{TcpFaults, TcpFront};
pub use udp::{UdpFaults, UdpFront};
pub use usb::{AfterBoot, UsbFront, UsbOptions};
