//! What is published is built by Bazel, and looked at before anything is made of it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use stage0_artifact::Target;

use crate::assets::HOSTS;
use crate::program;
use crate::rehearse::Rehearsal;

use super::copy;

/// Bazel's settings for what is given to others, in .bazelrc.
const CONFIG: &str = "--config=release";

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
    let mut outputs = Vec::new();
    for line in files.lines() {
        let from = PathBuf::from(&root).join(line);
        let name = from.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("{line}: not a file's path"))?;
        let directory = match Target::from_asset_name(name) {
            Some(_) => rehearsal.assets(),
            None => programs.clone(),
        };
        let to = directory.join(name);
        copy(&from, &to, true)?;
        outputs.push(to);
    }
    Ok(outputs)
}

/// Runs stage0-preflight on every stage0, warnings included; each is run too.
pub fn preflight(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let mut bazel = rehearsal.checkout.bazel();
    bazel.args(["run", "//tools/stage0-preflight", "--"]);
    bazel.args(["--strict", "--run=always", "--expect-version"]);
    bazel.arg(rehearsal.version.to_string());
    let budget = rehearsal.checkout.top.join("stage0/size-budget.toml");
    bazel.arg("--budget").arg(budget).arg(rehearsal.assets());
    program::run(&mut bazel)?;
    Ok(Vec::new())
}

/// What Bazel calls the program for `host`, and its target at the top.
pub fn program_name(host: &str) -> String {
    format!("fastboop-{host}")
}
