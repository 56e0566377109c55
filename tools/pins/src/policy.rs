//! `tools/pins/policy.toml`: what no pin says of itself, and which licences are allowed.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::licence::Allowed;
use crate::{Error, Tree};

/// The file.
pub const PATH: &str = "tools/pins/policy.toml";

/// What it says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// The licences that may be in the build.
    pub licences: Allowed,
    /// Where upstream publishes the sha256 of [`RISCV64`](crate::module::RISCV64)'s standard library; `{version}` stands for Rust's.
    pub riscv64_sha256_url: String,
    /// The Debian release that the lists of packages are for.
    pub debian_suite: String,
    /// The Cargo workspaces that have a Cargo.lock.
    pub workspaces: Vec<Workspace>,
    /// The Cargo workspaces that nothing here builds or checks.
    #[serde(default)]
    pub outside: Vec<Outside>,
    /// The licence of each input that has no file here that says it.
    pub licence_of: BTreeMap<String, String>,
    /// The scripts that download.
    #[serde(default)]
    pub scripts: Vec<Script>,
}

/// A Cargo workspace.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// Where its Cargo.toml is; `.` is the top.
    pub directory: String,
}

/// A Cargo workspace without pins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// Where its Cargo.toml is.
    pub directory: String,
    /// Why it has none.
    pub because: String,
}

/// A script that downloads something, or has a word in it that looks so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The file.
    pub path: String,
    /// What for.
    #[serde(rename = "for")]
    pub purpose: String,
    /// The Debian release of the packages.
    #[serde(default)]
    pub suite: String,
    /// The Debian packages that it names, each as it does.
    #[serde(default)]
    pub packages: Vec<String>,
    /// What it downloads that nothing pins, and why.
    #[serde(default)]
    pub gap: Option<String>,
}

/// Reads it.
pub fn read(tree: &Tree) -> Result<Policy, Error> {
    toml::from_str(&tree.read(PATH)?).map_err(|error| Error::new(PATH, error.to_string().trim()))
}
