//! The steps `build` and `preflight`: Bazel builds every published program, and each stage0 is verified
//! before it is packed.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use cli_main::Errors;
use stage0_artifact::Target;

use super::context::{Context, copy};
use crate::assets::HOSTS;
use crate::{digests, program, verify};

/// The configuration of releases in .bazelrc.
const CONFIG: &str = "--config=release";

/// The directory, in the build directory, of the stage0 files that this run built.
const BUILT: &str = "stage0";

/// Builds stage0 for every target and fastboop for every host.
pub fn build(context: &Context) -> Result<()> {
    let mut targets = vec!["//:stage0".to_owned()];
    targets.extend(HOSTS.map(|host| format!("//:{}", host.program())));
    let bazel = |command: &str| {
        let mut bazel = context.checkout.bazel();
        bazel.args([command, CONFIG]);
        bazel
    };
    program::run(bazel("build").args(&targets))?;
    let root = PathBuf::from(program::text_output(bazel("info").arg("execution_root"))?);
    let mut query = bazel("cquery");
    let files = program::text_output(query.arg("--output=files").arg(targets.join(" + ")))?;

    let programs = context.dir.create("programs")?;
    let built = context.dir.create(BUILT)?;
    for line in files.lines() {
        let from = root.join(line);
        let name = from.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("{line}: not the path of a file"))?;
        if Target::from_asset_name(name).is_none() {
            copy(&from, &programs.join(name), true)?;
            continue;
        }
        copy(&from, &built.join(name), true)?;
        let released = context.stage0.as_ref().unwrap_or(&built).join(name);
        copy(&released, &context.dir.asset(name), true)?;
    }
    Ok(())
}

/// Runs stage0-preflight on every stage0, with warnings as errors, which runs each stage0. Files from
/// another job must have the same bytes as those built here.
pub fn preflight(context: &Context) -> Result<()> {
    let mut bazel = context.checkout.bazel();
    bazel.args(["run", "//tools/release/stage0-preflight", "--"]);
    bazel.args(["--strict", "--run=always", "--expect-version"]);
    bazel.arg(context.version.to_string());
    let budget = context.checkout.top.join("stage0/size-budget.toml");
    bazel
        .arg("--budget")
        .arg(budget)
        .arg(context.dir.join("assets"));
    let passed = program::run(&mut bazel);
    // Its report is printed already; these errors name the files.
    let mut problems = Vec::new();
    for target in Target::ALL {
        let path = context.dir.asset(&target.asset_name());
        if path.exists() {
            problems.extend(verify::find_stage0_problems(
                &path,
                target,
                &context.version,
            ));
        }
    }
    Errors::check(problems)?;
    passed?;
    for built in digests::list_files(&context.dir.join(BUILT))? {
        let name = built.file_name().unwrap_or_default();
        let asset = context.dir.join("assets").join(name);
        let (found, expected) = (digests::hash_file(&asset)?, digests::hash_file(&built)?);
        ensure!(
            found == expected,
            "{}: SHA-256 mismatch: expected {expected}, as built here, got {found}; rebuild it",
            asset.display()
        );
    }
    Ok(())
}
