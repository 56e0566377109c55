//! docs/inputs.md: every input of the build.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::markdown::render;
use crate::metadata::Metadata;
use crate::policy::{self, Policy};
use crate::workspace::file;
use crate::{Error, Tree};

mod sections;

/// The file.
pub const PATH: &str = "docs/inputs.md";

const HEAD: &str = "<!-- Written by tools/build-inputs. Change the pins, not this file. -->

# What the build takes from outside

Every input of the build and of its checks: its version, what proves that a download is that version, and its licence. Moved with
`tools/bump`, compared with the tree by `build-inputs --check`, which fails for an input that neither a digest nor a signature pins,
and for a licence that is not allowed beside GPL-3.0-only (`tools/pins/policy.toml`).
";

/// The crates of each workspace, by its directory.
pub type Crates = BTreeMap<String, Metadata>;

struct Listing<'a> {
    tree: &'a Tree,
    policy: Policy,
    errors: Vec<Error>,
}

/// The text of docs/inputs.md. Fails with everything that is wrong: at least one error.
pub fn make(tree: &Tree, crates: &Crates) -> Result<String, Vec<Error>> {
    let policy = policy::read(tree).map_err(|error| vec![error])?;
    let mut listing = Listing {
        tree,
        policy,
        errors: Vec::new(),
    };
    let sections = [
        listing.bazel(),
        listing.modules(),
        listing.rust(),
        listing.crates(crates),
        listing.npm(),
        listing.actions(),
        listing.debian(),
        listing.gaps(),
    ];
    let mut text = HEAD.to_owned();
    for section in &sections {
        text.push('\n');
        text.push_str(&render(section));
    }
    match listing.errors.is_empty() {
        true => Ok(text),
        false => Err(listing.errors),
    }
}

/// What the crates of each workspace say of themselves: from those files, which hold what `cargo metadata` printed for the
/// workspace in that directory, else from cargo.
pub fn crates(tree: &Tree, given: &[(String, PathBuf)]) -> Result<Crates, Error> {
    let mut crates = Crates::new();
    for workspace in policy::read(tree)?.workspaces {
        let directory = workspace.directory;
        let metadata = match given
            .iter()
            .find(|(for_directory, _)| *for_directory == directory)
        {
            Some((_, path)) => Metadata::read(path)?,
            None => Metadata::ask(&tree.root().join(file(&directory, "Cargo.toml")))?,
        };
        crates.insert(directory, metadata);
    }
    Ok(crates)
}

impl Listing<'_> {
    /// What was read, or nothing and the error among the others.
    fn kept<T: Default>(&mut self, read: Result<T, Error>) -> T {
        read.unwrap_or_else(|error| {
            self.errors.push(error);
            T::default()
        })
    }

    /// The licence of an input that no file here says it of.
    fn licence_of(&mut self, name: &str) -> String {
        let licence = self.policy.licence_of.get(name).cloned();
        self.allowed(
            policy::PATH,
            name,
            licence,
            "say its SPDX licence under licence-of",
        )
    }

    fn allowed(&mut self, place: &str, name: &str, licence: Option<String>, next: &str) -> String {
        let checked = match &licence {
            None => Err(format!("no licence is known; {next}")),
            Some(licence) => self.policy.licences.check(licence),
        };
        if let Err(cause) = checked {
            self.errors
                .push(Error::new(place, format!("{name}: {cause}")));
        }
        licence.unwrap_or_default()
    }
}
