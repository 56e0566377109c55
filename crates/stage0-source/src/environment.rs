//! What Cargo and the user say through environment variables.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::{EMBED_PATH, Error, TARGET};

/// The variables that decide, as they were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// [`EMBED_PATH`]
    pub embed_path: Option<OsString>,
    /// [`TARGET`]
    pub target: Option<OsString>,
    /// `CARGO_MANIFEST_DIR`: what relative paths count from.
    pub manifest_dir: PathBuf,
    /// `OUT_DIR`: where the checked copy goes.
    pub out_dir: PathBuf,
}

impl Environment {
    /// Those of this process. Fails when it was not started by Cargo.
    pub fn from_process() -> Result<Self, Error> {
        let cargo = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .ok_or(Error::NotCargo(name))
        };
        Ok(Environment {
            embed_path: env::var_os(EMBED_PATH),
            target: env::var_os(TARGET),
            manifest_dir: cargo("CARGO_MANIFEST_DIR")?,
            out_dir: cargo("OUT_DIR")?,
        })
    }
}
