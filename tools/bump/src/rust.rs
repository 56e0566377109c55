//! `bump rust`: RUST_VERSION and the digest that goes with it.

use fastboop_files::{FileName, Sha256Digest, Sums};
use pins::module::{self, PATH, RISCV64};
use pins::{Error, Tree, policy, splice};
use stage0_source::download::{Limits, fetch};

use crate::change::{Change, check, check_version};

/// What can be said to `bump rust`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Such as 1.98.0; one that the pinned rules_rust knows
    version: String,
    /// The sha256 of the archive of riscv64's standard library for musl; without this it is downloaded from upstream
    #[arg(long, value_name = "HEX", value_parser = digest)]
    riscv64_sha256: Option<Sha256Digest>,
}

/// Reads a digest from the command line.
pub fn digest(text: &str) -> Result<Sha256Digest, String> {
    Sha256Digest::parse(text.as_bytes()).map_err(|error| error.to_string())
}

/// Moves version and digest.
pub fn run(tree: &mut Tree, given: &Arguments) -> Result<Vec<Change>, Error> {
    let module = module::read(tree)?;
    let (old, new) = (&module.rust.value, &given.version);
    let is_newer = check_version(PATH, "Rust", old, new)?;
    let sha256 = match given.riscv64_sha256 {
        Some(sha256) => sha256.to_string(),
        None if is_newer => published(tree, new)?,
        None => module.riscv64_sha256.value.clone(),
    };
    if !check(
        PATH,
        "Rust",
        (old, &module.riscv64_sha256.value),
        (new, &sha256),
    )? {
        return Ok(Vec::new());
    }
    let change = |pin: &str, old: &str, new: &str| Change {
        path: PATH.into(),
        pin: pin.into(),
        old: old.into(),
        new: new.into(),
    };
    let changes = vec![
        change("RUST_VERSION", old, new),
        change(
            "RISCV64_MUSL_STD_SHA256",
            &module.riscv64_sha256.value,
            &sha256,
        ),
    ];
    let edits = vec![
        (module.rust.range, new.clone()),
        (module.riscv64_sha256.range, sha256),
    ];
    tree.stage(PATH, splice(&module.text, edits));
    Ok(changes)
}

/// What upstream publishes beside the archive.
fn published(tree: &Tree, version: &str) -> Result<String, Error> {
    let url = policy::read(tree)?
        .riscv64_sha256_url
        .replace("{version}", version);
    let limits = Limits {
        pauses: Vec::new(),
        ..Limits::default()
    };
    let next = "; give it with --riscv64-sha256";
    let bytes =
        fetch(&url, &limits).map_err(|error| Error::new("Rust", format!("{error}{next}")))?;
    let sums = Sums::parse(&bytes).map_err(|error| Error::new(&url, format!("{error}{next}")))?;
    let archive = format!("rust-std-{version}-{RISCV64}.tar.xz");
    let found = FileName::new(&archive)
        .ok()
        .and_then(|name| sums.get(&name));
    let found =
        found.ok_or_else(|| Error::new(&url, format!("has no digest of {archive}{next}")))?;
    Ok(found.to_string())
}
