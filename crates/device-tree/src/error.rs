//! Errors of device trees.

use crate::MAX_DEPTH;

/// The reason why a device tree cannot be read, edited or merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The magic number is another.
    #[error("not a flattened device tree: magic number {0:#x}, expected 0xd00dfeed")]
    Magic(u32),
    /// The format has a version that is not supported.
    #[error("device tree of version {version}, compatible with {compatible}: expected 16 or 17")]
    Version {
        /// The version of the tree.
        version: u32,
        /// The oldest version that can read the tree.
        compatible: u32,
    },
    /// A structure is invalid; the text names it, with expected and found values.
    #[error("the device tree is damaged: {0}")]
    Corrupt(String),
    /// Something is larger than this crate reads; the text names it and the limit.
    #[error("too large: {0}")]
    TooLarge(String),
    /// A node is nested deeper than [`MAX_DEPTH`]; this is its path.
    #[error("{0}: nested deeper than {MAX_DEPTH} nodes")]
    TooDeep(String),
    /// The tree has no node with this path or alias.
    #[error("{0}: no such node")]
    NotFound(String),
    /// A name or value cannot be stored; the text names it.
    #[error("{0}: not valid in a device tree")]
    InvalidName(String),
    /// The overlay refers to a label that the base does not have.
    #[error("the overlay needs the label `{0}`, which the base does not define in /__symbols__")]
    UnknownLabel(String),
    /// The target of a fragment is not in the base.
    #[error("/{fragment}: the base has no node {target}")]
    UnknownTarget {
        /// The name of the fragment.
        fragment: String,
        /// The target as in the overlay: a path, or a phandle.
        target: String,
    },
    /// A structure of the overlay is invalid; the text names it.
    #[error("the overlay is invalid: {0}")]
    Overlay(String),
}

impl Error {
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Error::Corrupt(what.into())
    }

    pub(crate) fn overlay(what: impl Into<String>) -> Self {
        Error::Overlay(what.into())
    }
}
