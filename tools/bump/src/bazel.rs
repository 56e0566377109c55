//! `bump bazel`: Bazel and the digests of its programs.

use std::collections::BTreeMap;

use fastboop_files::Sha256Digest;
use pins::bazel::{self, DIGESTS, VERSION, program};
use pins::{Error, Tree};

use crate::change::{Change, check};
use crate::rust::digest;

/// What can be said to `bump bazel`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Such as 7.7.1
    version: String,
    /// The sha256 of the release's program for a machine, such as x86_64 or arm64; for each that is pinned
    #[arg(long, value_name = "MACHINE=HEX", value_parser = machine, required = true)]
    sha256: Vec<(String, Sha256Digest)>,
}

fn machine(text: &str) -> Result<(String, Sha256Digest), String> {
    let (machine, hex) = text.split_once('=').ok_or("it has to be MACHINE=HEX")?;
    Ok((machine.to_owned(), digest(hex)?))
}

/// Moves version and digests.
pub fn run(tree: &mut Tree, given: &Arguments) -> Result<Vec<Change>, Error> {
    let bazel = bazel::read(tree)?;
    let mut digests: BTreeMap<&str, String> = BTreeMap::new();
    for (machine, sha256) in &given.sha256 {
        digests.insert(machine, sha256.to_string());
    }
    let mut moves = false;
    let mut changes = Vec::new();
    for (name, old) in &bazel.programs {
        let machine = name
            .strip_prefix(&program(&bazel.version, ""))
            .unwrap_or(name);
        let new = digests.get(machine).ok_or_else(|| {
            let cause = format!(
                "{name} would lose its digest; give that of Bazel {} with --sha256 {machine}=…",
                given.version
            );
            Error::new(DIGESTS, cause)
        })?;
        moves |= check(DIGESTS, name, (&bazel.version, old), (&given.version, new))?;
        changes.push(Change {
            path: DIGESTS.into(),
            pin: machine.to_owned(),
            old: old.clone(),
            new: new.clone(),
        });
    }
    if !moves {
        return Ok(Vec::new());
    }
    changes.insert(
        0,
        Change {
            path: VERSION.into(),
            pin: "Bazel".into(),
            old: bazel.version,
            new: given.version.clone(),
        },
    );
    let lines = digests
        .iter()
        .map(|(machine, sha256)| format!("{sha256}  {}\n", program(&given.version, machine)));
    tree.stage(DIGESTS, lines.collect());
    tree.stage(VERSION, format!("{}\n", given.version));
    Ok(changes)
}
