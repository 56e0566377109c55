//! Compares builds by Cargo: the program, and the stage0 that it embeds (mode 2 of docs/cargo.md).

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use clean_build::BuildDir;
use stage0_artifact::Target;

use crate::build::Build;
use crate::context::{Context, describe};
use crate::order::DirectoryOrder;
use crate::summary::Summary;

/// Builds the program with stage0 for each of `targets`, once in each environment. `remap` removes the paths of the checkout and of
/// CARGO_HOME from the program; stage0 has to be reproducible either way.
pub fn run(context: &Context, targets: &[Target], remap: bool) -> anyhow::Result<Summary> {
    let mut builds = Vec::new();
    let mut orders = Vec::new();
    for index in 0..context.builds {
        let build_dir = context.build_dir(index)?;
        orders.push(DirectoryOrder::read(&build_dir.checkout())?);
        let start = Instant::now();
        let to = context.artifacts_dir(index)?;
        let mut files = BTreeMap::new();
        for target in targets {
            files.extend(build(&build_dir, *target, remap, &to)?);
        }
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("build {} took {seconds:.0} s", index + 1);
        builds.push(Build {
            description: describe(&build_dir),
            seconds,
            files,
        });
        build_dir.discard()?;
    }
    Summary::new(builds, DirectoryOrder::check(&orders).into_iter().collect())
}

/// Builds the program, and copies it and its stage0 to the directory `to`.
fn build(
    build_dir: &BuildDir,
    target: Target,
    remap: bool,
    to: &Path,
) -> anyhow::Result<[(String, PathBuf); 2]> {
    build_dir.run(cargo_command(build_dir, target, remap), "cargo")?;
    let program = build_dir.checkout().join("target/release/fastboop");
    let [copy, stage0] = [format!("fastboop with {target}"), target.asset_name()]
        .map(|name| (name.clone(), to.join(name)));
    fs::copy(&program, &copy.1).with_context(|| program.display().to_string())?;
    extract_stage0(&copy.1, &stage0.1)?;
    Ok([copy, stage0])
}

fn cargo_command(build_dir: &BuildDir, target: Target, remap: bool) -> Command {
    let mut cargo = build_dir.command("cargo".as_ref());
    let (checkout, home) = (build_dir.checkout(), build_dir.downloads());
    let jobs = build_dir.env().jobs;
    // The Debian root sets the linker for musl.
    let linkers = env::vars()
        .filter(|(name, _)| name.starts_with("CARGO_TARGET_") && name.ends_with("_LINKER"));
    cargo
        .current_dir(&checkout)
        .args(["build", "--release", "--locked", "--package=fastboop-cli"])
        .args(jobs.map(|jobs| format!("--jobs={jobs}")))
        .env("CARGO_HOME", &home)
        .env("FASTBOOP_STAGE0_TARGET", target.triple())
        .envs(linkers);
    if remap {
        let flags = [(&checkout, "/fastboop"), (&home, "/cargo")];
        let flags = flags.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    }
    cargo
}

/// Writes the stage0 that a program embeds to a file.
fn extract_stage0(program: &Path, to: &Path) -> anyhow::Result<()> {
    let name = format!("{} stage0 extract", program.display());
    let mut command = Command::new(program);
    let output = command.args(["stage0", "extract", "-o"]).arg(to).output();
    let output = output.with_context(|| name.clone())?;
    ensure!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_a_program_that_cannot_extract() {
        for program in ["false", "/nonexistent"] {
            let error = extract_stage0(Path::new(program), Path::new("/nonexistent")).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("{program} stage0 extract")),
                "{error}"
            );
        }
    }
}
