//! Boots a kernel and an initramfs in QEMU and follows what the machine says on its serial console.
//!
//! The machines are emulated, without the help of the CPU, so that they do the same wherever they
//! run. They have one virtual CPU, no network, and no firmware settings of their own.
//!
//! [`Boot`] says what to boot, [`Boot::start`] switches the machine on, and [`Vm::next_event`] waits for
//! what happens next.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod boot;
mod machine;
mod vm;

pub use boot::Boot;
pub use machine::Machine;
pub use vm::{Event, Vm};
