//! Reads, edits and writes flattened device trees, and applies overlays.
//!
//! ```
//! use device_tree::DeviceTree;
//!
//! let mut tree = DeviceTree::default();
//! tree.set_chosen(Some("quiet"), None)?;
//! let read = DeviceTree::parse(&tree.to_bytes())?;
//! let chosen = read.find("/chosen").ok_or("no /chosen")?;
//! assert_eq!(chosen.read_string("bootargs"), Some("quiet"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source of the format: the Devicetree Specification 0.4, chapter 5. Source of overlays: the kernel's
//! `Documentation/devicetree/overlay-notes.rst` and `dynamic-resolution-notes.rst`; where these leave a
//! choice, [`DeviceTree::apply_overlay`] does what libfdt's `fdt_overlay_apply()` does, so that the
//! result is the same as that of fdtoverlay(1).
//!
//! Not the crate dtoolkit, which does all this but requires Rust 1.88, while ours is 1.85.
//!
//! # Untrusted input
//! A device tree may come from anybody: it has at most 16 MiB, its nodes are nested at most 64 deep and
//! have at most 16,384 properties and as many children, and it takes at most 16 MiB of memory.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod bytes;
mod edit;
mod error;
mod header;
mod index;
mod lookup;
mod node;
mod overlay;
mod parse;
mod strings;
mod write;

pub use edit::AddressKind;
pub use error::Error;
pub use index::{Index, NodeId};
pub use node::{Node, Property};

/// The maximum number of bytes of a device tree that is read.
pub const MAX_SIZE: usize = 16 << 20;
/// The maximum depth of nodes, of which the root has depth 1.
pub const MAX_DEPTH: usize = 64;

/// A device tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceTree {
    /// The root node. Its name is empty.
    pub root: Node,
    /// The memory that the kernel does not use, apart from the nodes in `/reserved-memory`.
    pub reservations: Vec<Reservation>,
    /// The physical id of the CPU that boots: the `reg` of its node.
    pub boot_cpu: u32,
}

/// A reserved range of physical memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// The address of the first byte.
    pub address: u64,
    /// The number of bytes; not 0, which ends the list in a flattened tree.
    pub size: u64,
}
