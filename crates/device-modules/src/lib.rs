//! Chooses the kernel modules that a device needs to be a USB gadget, by its device tree.
//!
//! [`select()`] starts at the USB device controllers and follows what the kernel waits for before it
//! hands a device to its driver: the nodes above it, and the suppliers that its properties refer to, of
//! these again. Every node on the way needs its driver, which `modules.alias` names by the node's
//! `compatible`.
//!
//! Which properties refer to suppliers is the kernel's knowledge (`fw_devlink`, in its
//! `drivers/of/property.c`); the table here has those that a USB gadget can need, and a few that
//! drivers read although fw_devlink does not.
//!
//! The result names modules; [`kernel_modules::ModuleIndex::load_plan`] adds their dependencies and
//! finds the order. The gadget's own modules, such as `libcomposite`, do not depend on the device and
//! are not in the result.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod controllers;
mod graph;
mod interrupts;
mod modalias;
mod select;
mod suppliers;

pub use modalias::modalias;
pub use select::{Choice, Missing, Selection, select};

/// The reason why no modules can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The tree has no node of a USB device controller that is enabled and not only a host.
    #[error("the device tree has no enabled USB device controller of a known kind")]
    NoController,
    /// The controllers need more nodes or references than any device has.
    #[error("the USB device controllers in the device tree need more than {0}")]
    TooLarge(String),
}
