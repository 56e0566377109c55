//! The crates that are published, from the copy of the sources that has the sidecar.

use std::path::PathBuf;

use anyhow::Result;

use crate::graph::Graph;
use crate::plan::Plan;
use crate::program;
use crate::rehearse::Rehearsal;

use super::copy;

/// Packs them. They are not built here: that takes minutes, and .ci/long/80-release builds the
/// packed ones as a user would.
pub fn package(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let sources = rehearsal.sources();
    let graph = Graph::read(&sources.join("Cargo.toml"), &[])?;
    let plan = Plan::new(&graph, &rehearsal.version, true)?;
    let target = rehearsal.scratch("crates")?;
    let mut cargo = rehearsal.checkout.program(program::cargo().get_program());
    cargo.current_dir(&sources);
    // Dirty: the copy is no checkout.
    cargo.args(["package", "--locked", "--no-verify", "--allow-dirty"]);
    cargo.arg("--target-dir").arg(&target);
    for published in &plan.crates {
        cargo.args(["--package", &published.name]);
    }
    program::run(&mut cargo)?;
    let mut outputs = Vec::new();
    for published in &plan.crates {
        let to = rehearsal.assets().join(&published.file);
        copy(&target.join("package").join(&published.file), &to, false)?;
        outputs.push(to);
    }
    Ok(outputs)
}
