//! What the tests of the readers of images share: a listing of a file system, and directories of this
//! machine as a file system, so that what another program extracted can be compared with what we read.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod directory;
mod hostile;
mod listing;

pub use directory::Directory;
pub use hostile::{Faulty, damages, read_some};
pub use listing::{Detail, list};
