//! The step `packages`: .deb and .rpm packages, which packaging/build builds with the stage0 of the
//! release.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use stage0_artifact::Target;

use super::context::{Context, Packages, copy};
use crate::assets::{self, ASSETS, Presence, matches, portable_name};
use crate::{digests, program};

/// The formats to build, as packaging/build names them.
const FORMATS: [&str; 2] = ["deb", "rpm"];

/// Copies packages to the assets, prebuilt ones or those that it builds.
pub fn run(context: &Context) -> Result<()> {
    let directory = match &context.packages {
        Packages::Skip => {
            cli_main::warning(
                "packages skipped: no .deb, no .rpm; this release is not for publishing",
            );
            return Ok(());
        }
        Packages::Prebuilt(directory) => directory.clone(),
        Packages::Build => {
            build(context).context("cannot build packages (--skip-packages skips them)")?
        }
    };
    let expected = ASSETS.iter();
    for asset in expected.filter(|asset| asset.presence == Presence::Package) {
        let pattern = asset.pattern(&context.version);
        let found = find_packages(&directory, &pattern)?;
        ensure!(
            !found.is_empty(),
            "{}: no file matches {pattern}; build the packages for this version",
            directory.display()
        );
        for (from, name) in found {
            check_package(context, &from)?;
            copy(&from, &context.dir.asset(&name), false)?;
        }
    }
    Ok(())
}

/// Runs the program in a finished package, which has to carry the stage0 of this release.
fn check_package(context: &Context, package: &Path) -> Result<()> {
    if !context.host.can_run(package) {
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

/// Builds packages from the source archives among the assets. Returns their directory.
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

/// The files in `directory` whose asset names match `pattern`, with these names. Without source
/// packages, as the release contains the sources already.
fn find_packages(directory: &Path, pattern: &str) -> Result<Vec<(PathBuf, String)>> {
    let files = digests::list_files(directory)?.into_iter();
    let named = files.filter_map(|path| {
        let name = portable_name(path.file_name()?.to_str()?);
        Some((path, name))
    });
    let is_wanted = |name: &str| matches(pattern, name) && !name.ends_with(".src.rpm");
    Ok(named.filter(|(_, name)| is_wanted(name)).collect())
}
