//! Packages of distributions: packaging/ builds them, around the stage0 that was built before.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use stage0_artifact::Target;

use super::context::{Context, Packages, copy};
use crate::assets::{self, ASSETS, Presence, matches, portable};
use crate::{digests, program};

/// The formats of packaging/build.
const FORMATS: [&str; 2] = ["deb", "rpm"];

/// Builds packages, or takes prebuilt ones.
pub fn run(context: &Context) -> Result<()> {
    let directory = match &context.packages {
        Packages::Skip => {
            cli_main::warning(
                "packages skipped: no .deb, no .rpm; this release is not for publishing",
            );
            return Ok(());
        }
        Packages::Prebuilt(directory) => directory.clone(),
        Packages::Build => build(context).context("--skip-packages leaves packages out")?,
    };
    let wanted = ASSETS.iter();
    for asset in wanted.filter(|asset| asset.presence == Presence::Package) {
        let pattern = asset.pattern(&context.version);
        let found = matching(&directory, &pattern)?;
        ensure!(
            !found.is_empty(),
            "{}: no {pattern}; build the packages for this version",
            directory.display()
        );
        for (from, name) in found {
            check(context, &from)?;
            copy(&from, &context.dir.asset(&name), false)?;
        }
    }
    Ok(())
}

/// Opens a finished package and runs its program, which has to carry the stage0 of this release.
fn check(context: &Context, package: &Path) -> Result<()> {
    if !context.host.runs(package) {
        let package = package.display();
        cli_main::warning(format_args!(
            "{package}: for another CPU, so its program was not run"
        ));
        return Ok(());
    }
    let program = context.checkout.top.join("packaging/check");
    let stage0 = context.dir.asset(&Target::DEFAULT.asset_name());
    let mut command = context.checkout.program(program);
    program::run(command.arg(package).arg(stage0))
}

/// Builds them from the source archives among the assets. Returns their directory.
fn build(context: &Context) -> Result<PathBuf> {
    let Context { version, dir, .. } = context;
    let sources = dir.create("package-sources")?;
    for name in [assets::source_archive, assets::vendor_archive].map(|name| name(version)) {
        copy(&dir.asset(&name), &sources.join(&name), false)?;
    }
    let out = dir.create("packages")?;
    for format in FORMATS {
        let mut command = context
            .checkout
            .program(context.checkout.top.join("packaging/build"));
        command.args([format, "--version", &version.to_string()]);
        let stage0 = dir.asset(&Target::DEFAULT.asset_name());
        command.arg("--stage0").arg(stage0);
        command.arg("--sources").arg(&sources);
        program::run(command.arg("--out").arg(&out))?;
    }
    Ok(out)
}

/// The files in `directory` whose names as assets match `pattern`, with those names. Source packages
/// are left out: the release has the sources once.
fn matching(directory: &Path, pattern: &str) -> Result<Vec<(PathBuf, String)>> {
    let files = digests::files(directory)?.into_iter();
    let named = files.filter_map(|path| {
        let name = portable(path.file_name()?.to_str()?);
        Some((path, name))
    });
    let is_wanted = |name: &str| matches(pattern, name) && !name.ends_with(".src.rpm");
    Ok(named.filter(|(_, name)| is_wanted(name)).collect())
}
