//! Bazel itself, as Bazelisk downloads it: `.bazelversion`, and the digests that tools/bazel compares.

use fastboop_files::Sums;

use crate::{Error, Tree};

/// The file with the version.
pub const VERSION: &str = ".bazelversion";

/// The file with the digest of each machine's program, in the format of sha256sum.
pub const DIGESTS: &str = "tools/bazel.sha256";

/// The version of Bazel and its programs.
#[derive(Debug)]
pub struct Bazel {
    /// The version.
    pub version: String,
    /// Name of the release's file and its sha256.
    pub programs: Vec<(String, String)>,
}

/// The name of the release's file for a machine such as `x86_64`.
pub fn program(version: &str, machine: &str) -> String {
    format!("bazel-{version}-linux-{machine}")
}

/// Reads it. Fails when a digest is of another version.
pub fn read(tree: &Tree) -> Result<Bazel, Error> {
    let version = tree.read(VERSION)?.trim().to_owned();
    let text = tree.read(DIGESTS)?;
    let sums = Sums::parse(text.as_bytes()).map_err(|error| Error::new(DIGESTS, error))?;
    let mut programs = Vec::new();
    for (name, digest) in sums.iter() {
        let name = String::from_utf8_lossy(name.as_bytes()).into_owned();
        if !name.starts_with(&program(&version, "")) {
            let cause = format!(
                "{name} is not a program of Bazel {version}, which {VERSION} says; move both with `bump bazel`"
            );
            return Err(Error::new(DIGESTS, cause));
        }
        programs.push((name, digest.to_string()));
    }
    Ok(Bazel { version, programs })
}
