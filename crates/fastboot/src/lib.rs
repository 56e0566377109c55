//! The part of the fastboot protocol that boots a device without writing to it.
//!
//! [`Client`] queries variables, downloads an image into the device's memory, and boots it, over any
//! [`Transport`]. [`Command`] holds nothing else: commands that change a device, such as `flash` and
//! `erase`, cannot be expressed, and neither can a [`Payload`] with one be created.
//!
//! Format: AOSP's `system/core/fastboot/README.md`. Boot loaders deviate from it; the functions that
//! allow for that name the deviation.
//!
//! ```no_run
//! use fastboot::{Boot, Client, Limits, Transport, VariableName};
//!
//! fn boot(transport: impl Transport, image: &[u8]) -> Result<Boot, fastboot::Error> {
//!     let mut client = Client::new(transport, Limits::default(), |event| println!("{event}"));
//!     let product = client.getvar(&VariableName::new("product")?)?;
//!     println!("{}", product.as_deref().unwrap_or("unknown product"));
//!     client.download(&mut &image[..], image.len() as u64)?;
//!     client.boot()
//! }
//! ```

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod boot;
mod client;
mod command;
mod download;
mod error;
mod event;
mod limits;
mod number;
mod packets;
mod payload;
mod refusal;
mod reply;
mod text;
mod transport;
mod variable;

pub use boot::Boot;
pub use client::Client;
pub use command::{Command, MAX_COMMAND, VariableName};
pub use error::Error;
pub use event::Event;
pub use limits::{Limits, MAX_INFO_BYTES, MAX_INFO_LINES, MAX_REPLY};
pub use payload::Payload;
pub use refusal::Refusal;
pub use reply::Reply;
pub use transport::{Transport, TransportError};
