//! What pins the inputs of the build: read from the files that say so, and listed in docs/inputs.md.
//!
//! A pin is a version and what proves that a download is that version: a digest in this tree, or the signature of
//! an archive. One module a place where pins are; [`listing`] puts all of them together. Nothing here downloads.
//! The only program that is started is `cargo metadata`, for the crates' licences.

pub mod actions;
pub mod bazel;
pub mod debian;
mod error;
pub mod images;
pub mod licence;
pub mod listing;
mod markdown;
pub mod metadata;
pub mod module;
pub mod npm;
pub mod policy;
mod starlark;
mod text;
mod tree;
pub mod version;
pub mod workspace;

pub use error::Error;
pub use starlark::Literal;
pub use text::{is_hex, splice};
pub use tree::Tree;
