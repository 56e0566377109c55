//! Packages of distributions: packaging/ builds them, around the stage0 that was built before.

use std::env::consts::ARCH;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use stage0_artifact::Target;

use crate::assets::{self, ASSETS, Presence, matches, portable};
use crate::rehearse::{Packages, Rehearsal};
use crate::{digests, program};

use super::copy;

/// What packaging/build makes.
const FORMATS: [&str; 2] = ["deb", "rpm"];

/// Makes or takes them.
pub fn make(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let made = match &rehearsal.packages {
        Packages::Skipped => {
            crate::tell("SKIPPED: no .deb, no .rpm; this release is not for publishing");
            return Ok(Vec::new());
        }
        Packages::Taken(directory) => directory.clone(),
        Packages::Built => build(rehearsal)?,
    };
    let wanted = ASSETS
        .iter()
        .filter(|asset| asset.presence == Presence::Package);
    let mut outputs = Vec::new();
    for asset in wanted {
        let pattern = asset.pattern(&rehearsal.version);
        let found = matching(&made, &pattern)?;
        ensure!(!found.is_empty(), "{}: no {pattern} in it", made.display());
        for (from, name) in found {
            check(rehearsal, &from)?;
            let to = rehearsal.assets().join(name);
            copy(&from, &to, false)?;
            outputs.push(to);
        }
    }
    Ok(outputs)
}

/// How the names of packages end whose programs run here.
const OURS: [&str; 2] = match ARCH.as_bytes() {
    b"aarch64" => ["_arm64.deb", ".aarch64.rpm"],
    _ => ["_amd64.deb", ".x86_64.rpm"],
};

/// Opens a finished package: its program has to carry the stage0 of this release, and is asked.
fn check(rehearsal: &Rehearsal, package: &Path) -> Result<()> {
    let name = package.to_string_lossy();
    if !OURS.iter().any(|end| name.ends_with(end)) {
        crate::tell(&format!(
            "{name}: for another CPU, so its program was not asked"
        ));
        return Ok(());
    }
    let stage0 = rehearsal.assets().join(Target::DEFAULT.asset_name());
    let program = rehearsal.checkout.top.join("packaging/check");
    let mut command = rehearsal.checkout.program(program);
    program::run(command.arg(package).arg(stage0))
}

fn build(rehearsal: &Rehearsal) -> Result<PathBuf> {
    let out = rehearsal.scratch("packages")?;
    std::fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
    let out = rehearsal.scratch("packages")?;
    let stage0 = rehearsal.assets().join(Target::DEFAULT.asset_name());
    let program = rehearsal.checkout.top.join("packaging/build");
    let sources = sources(rehearsal)?;
    for format in FORMATS {
        let mut command = rehearsal.checkout.program(&program);
        command.arg(format).arg("--stage0").arg(&stage0);
        command.arg("--version").arg(rehearsal.version.to_string());
        command.arg("--sources").arg(&sources);
        program::run(command.arg("--out").arg(&out))
            .context("the packages; --skip-packages leaves them out")?;
    }
    Ok(out)
}

/// The sources that packages are built from, in a directory of their own.
fn sources(rehearsal: &Rehearsal) -> Result<PathBuf> {
    let version = &rehearsal.version;
    let directory = rehearsal.scratch("package-sources")?;
    for name in [
        assets::source_archive(version),
        assets::vendor_archive(version),
    ] {
        copy(
            &rehearsal.assets().join(&name),
            &directory.join(&name),
            false,
        )?;
    }
    Ok(directory)
}

/// The files in `directory` whose names are of this pattern as assets, and these names. Those that
/// hold sources are left out: the release has the sources once.
fn matching(directory: &Path, pattern: &str) -> Result<Vec<(PathBuf, String)>> {
    let files = digests::files(directory)?.into_iter();
    let named = files.filter_map(|path| {
        let name = portable(path.file_name()?.to_str()?);
        Some((path, name))
    });
    let wanted = |name: &str| matches(pattern, name) && !name.ends_with(".src.rpm");
    Ok(named.filter(|(_, name)| wanted(name)).collect())
}
