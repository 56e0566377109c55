//! The one kind of failure: a place, and what is wrong there.

use std::fmt::Display;

/// What is wrong, and where. Printed as `<place>: <cause>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {cause}")]
pub struct Error {
    place: String,
    cause: String,
}

impl Error {
    /// `place` is a file of the tree, with `:<line>` where one is known; `cause` says what to do next.
    pub fn new(place: impl Display, cause: impl Display) -> Self {
        Error {
            place: place.to_string(),
            cause: cause.to_string(),
        }
    }
}

impl From<fastboop_files::Error> for Error {
    fn from(error: fastboop_files::Error) -> Self {
        Error::new(error.path.display(), error.cause)
    }
}
