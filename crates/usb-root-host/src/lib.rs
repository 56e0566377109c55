//! Serves an image over USB as the root of a device that booted stage0.
//!
//! The protocol is smoo's, version 0.1; `docs/usb-root.md` documents what both sides make of it. The layers:
//!
//! - [`RootImage`] is what is served, and [`Session`] decides what each message of the device means. Neither does any I/O over USB.
//! - [`Link`] is the connection of one session, and [`Port`] where links come from. [`UsbPort`] and [`UsbLink`] are those over USB;
//!   tests have others in memory.
//! - [`serve`] runs session after session on threads, however often the device disconnects.
//!
//! The device is untrusted: every message is validated, and memory is limited to [`MAX_READ`] bytes for each of a few threads and for
//! each of a few transfers. Its texts are passed on as they are; whoever prints them escapes control characters.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod counters;
mod error;
mod event;
mod image;
mod link;
mod serve;
mod server;
mod session;
mod stop;
mod usb;

pub use counters::{Counters, Totals};
pub use error::{Error, Fault};
pub use event::Event;
pub use image::RootImage;
pub use link::{Buffer, Found, Link, LinkError, Port};
pub use serve::{End, Server};
pub use session::{MAX_READ, Read, Rejection, Session, Work, check_ident};
pub use stop::Stop;
pub use usb::{UsbLink, UsbPort};
