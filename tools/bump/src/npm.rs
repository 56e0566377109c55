//! `bump npm`: an npm package and its digest.

use pins::npm::{self, PATH, is_integrity};
use pins::{Error, Tree, splice};

use crate::change::{Change, check};

/// What can be said to `bump npm`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The package, such as @bazel/buildifier
    name: String,
    /// Its version
    version: String,
    /// The digest of its archive: what `npm view NAME@VERSION dist.integrity` prints
    integrity: String,
}

/// Moves version and digest.
pub fn run(tree: &mut Tree, given: &Arguments) -> Result<Vec<Change>, Error> {
    if !is_integrity(&given.integrity) {
        let cause = format!(
            "{}: {:?} is not sha512-<base64>; `npm view {0}@{} dist.integrity` prints it",
            given.name, given.integrity, given.version
        );
        return Err(Error::new(PATH, cause));
    }
    let packages = npm::read(tree)?;
    let package = packages
        .into_iter()
        .find(|package| package.name == given.name);
    let package = package.ok_or_else(|| Error::new(PATH, format!("no package {}", given.name)))?;
    if !check(
        PATH,
        &given.name,
        (&package.version, &package.integrity),
        (&given.version, &given.integrity),
    )? {
        return Ok(Vec::new());
    }
    let new = format!("{} {}", given.version, given.integrity);
    let change = Change {
        path: PATH.into(),
        pin: given.name.clone(),
        old: format!("{} {}", package.version, package.integrity),
        new: new.clone(),
    };
    tree.stage(PATH, splice(&tree.read(PATH)?, vec![(package.range, new)]));
    Ok(vec![change])
}
