//! Links over USB.

mod link;
mod port;
mod transfers;

pub use link::UsbLink;
pub use port::UsbPort;
