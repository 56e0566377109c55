//! The device's side of a root over USB, as a state machine without input and output: which image the host may serve, which reads are
//! outstanding, and what to do with each response of the host.
//!
//! The caller transfers the bytes. It must keep to four rules, which [`model`] tests together with the state machine:
//!
//! 1. It calls [`Device::start_session`] each time the host enables or disables the interface, and before it receives the exports: a
//!    host may send them without having enabled the interface again, after another host.
//! 2. It reads a response and its payload one after the other, and passes the session that was current *before* it began to read the
//!    response.
//! 3. Before it receives the exports, it makes sure that such a read began in the current session, and aborts an earlier one. The host
//!    sends responses only after the device has received the exports, so the payload of a response that was read in an earlier session
//!    never arrives any more.
//! 4. It reads exactly as many bytes of a payload as [`Action`] requires, and reports anything else with [`Device::lose`].
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod device;
mod error;
pub mod model;

pub use device::{Action, Configured, Device, Limits};
pub use error::{Loss, Refusal};
