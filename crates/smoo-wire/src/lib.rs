//! The messages of the smoo protocol, version 0.1, which serves a block device over USB: the device asks for blocks, and the host
//! sends them.
//!
//! Each message is parsed as untrusted input: every field is checked, also those that are reserved. The formats are those of
//! `docs/PROTOCOL.md` in smoo's sources; docs/usb-root.md of this project documents what that page leaves open. All numbers are
//! little-endian.
//!
//! | message | direction | endpoint |
//! |---|---|---|
//! | [`Ident`], [`Status`] | device to host | control, see [`control`] |
//! | [`encode_exports`], [`parse_exports`] | host to device | control |
//! | [`Request`] | device to host | interrupt |
//! | [`Response`] | host to device | interrupt; the data that was read follows on the bulk endpoint |

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

pub mod control;
mod error;
mod export;
mod fields;
mod ident;
pub mod interface;
mod operation;
mod request;
mod response;
mod status;

pub use error::Error;
pub use export::{
    Export, ExportId, MAX_EXPORTS, MAX_EXPORTS_LENGTH, encode_exports, parse_exports,
};
pub use ident::Ident;
pub use operation::Operation;
pub use request::Request;
pub use response::Response;
pub use status::Status;
