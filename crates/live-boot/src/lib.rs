//! Plans, builds and sends the boot image that starts an image's system on a device.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod device_tree_file;
mod error;
mod needs;

pub use device_tree_file::{find_device_tree, read_device_tree};
pub use error::Error;
pub use needs::{NeededModule, Needs, device_needs, root_needs};
