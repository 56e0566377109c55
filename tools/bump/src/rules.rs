//! `bump rules`: the version of a Bazel module.

use pins::module::{self, PATH};
use pins::{Error, Tree, splice};

use crate::change::{Change, check_version};

/// What can be said to `bump rules`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The module, such as rules_rust
    name: String,
    /// Its version; the registry has the digest
    version: String,
}

/// Moves the version.
pub fn run(tree: &mut Tree, given: &Arguments) -> Result<Vec<Change>, Error> {
    let module = module::read(tree)?;
    let known = || {
        module
            .dependencies
            .iter()
            .map(|dependency| dependency.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let dependency = module
        .dependencies
        .iter()
        .find(|dependency| dependency.name == given.name);
    let dependency = dependency.ok_or_else(|| {
        Error::new(
            PATH,
            format!("no bazel_dep {}; there are: {}", given.name, known()),
        )
    })?;
    let old = &dependency.version.value;
    if !check_version(PATH, &given.name, old, &given.version)? {
        return Ok(Vec::new());
    }
    let change = Change {
        path: PATH.into(),
        pin: given.name.clone(),
        old: old.clone(),
        new: given.version.clone(),
    };
    let edits = vec![(dependency.version.range.clone(), given.version.clone())];
    tree.stage(PATH, splice(&module.text, edits));
    Ok(vec![change])
}
