//! What is published is built by Bazel, and looked at before anything is made of it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use stage0_artifact::Target;

use crate::assets::HOSTS;

use crate::rehearse::Rehearsal;
use crate::{digests, program, verify};

use super::copy;

/// Bazel's settings for what is given to others, in .bazelrc.
const CONFIG: &str = "--config=release";

/// Where stage0 is kept as it was built here.
const BUILT: &str = "stage0";

/// Builds stage0 for every target and fastboop for every host.
pub fn build(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let mut targets = vec!["//:stage0".to_owned()];
    targets.extend(HOSTS.map(|host| format!("//:{}", program_name(host))));
    let bazel = |command: &str| {
        let mut bazel = rehearsal.checkout.bazel();
        bazel.args([command, CONFIG]);
        bazel
    };
    program::run(bazel("build").args(&targets))?;
    let root = program::line(bazel("info").arg("execution_root"))?;
    let mut query = bazel("cquery");
    let files = program::line(query.arg("--output=files").arg(targets.join(" + ")))?;

    let programs = rehearsal.scratch("programs")?;
    let built = rehearsal.scratch(BUILT)?;
    let mut outputs = Vec::new();
    for line in files.lines() {
        let from = PathBuf::from(&root).join(line);
        let name = from.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("{line}: not a file's path"))?;
        let Some(_) = Target::from_asset_name(name) else {
            outputs.push(put(&from, &programs, name)?);
            continue;
        };
        let own = put(&from, &built, name)?;
        let given = rehearsal.stage0.as_ref().map(|given| given.join(name));
        let asset = put(given.as_ref().unwrap_or(&own), &rehearsal.assets(), name)?;
        outputs.extend([own, asset]);
    }
    Ok(outputs)
}

fn put(from: &Path, directory: &Path, name: &str) -> Result<PathBuf> {
    let to = directory.join(name);
    copy(from, &to, true)?;
    Ok(to)
}

/// Runs stage0-preflight on every stage0, warnings included; each is run too. Those that others made
/// have to be what was built here.
pub fn preflight(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let mut bazel = rehearsal.checkout.bazel();
    bazel.args(["run", "//tools/stage0-preflight", "--"]);
    bazel.args(["--strict", "--run=always", "--expect-version"]);
    bazel.arg(rehearsal.version.to_string());
    let budget = rehearsal.checkout.top.join("stage0/size-budget.toml");
    bazel.arg("--budget").arg(budget).arg(rehearsal.assets());
    let passed = program::run(&mut bazel);
    // What it found above is a table; here are the files by name.
    let problems: Vec<String> = Target::ALL
        .into_iter()
        .map(|target| (rehearsal.assets().join(target.asset_name()), target))
        .filter(|(path, _)| path.exists())
        .flat_map(|(path, target)| verify::in_stage0(&path, target, &rehearsal.version))
        .collect();
    ensure!(problems.is_empty(), problems.join("\n"));
    passed?;
    same_as_built(rehearsal)?;
    Ok(Vec::new())
}

fn same_as_built(rehearsal: &Rehearsal) -> Result<()> {
    for built in digests::files(&rehearsal.scratch(BUILT)?)? {
        let asset = rehearsal
            .assets()
            .join(built.file_name().unwrap_or_default());
        let (found, wanted) = (digests::of_file(&asset)?, digests::of_file(&built)?);
        ensure!(
            found == wanted,
            "{}: its sha256 is {found}, but the same sources give {wanted} here; build it again",
            asset.display()
        );
    }
    Ok(())
}

/// What Bazel calls the program for `host`, and its target at the top.
pub fn program_name(host: &str) -> String {
    format!("fastboop-{host}")
}
