//! Cargo against Cargo: the program, and the stage0 that mode 2 (docs/cargo.md) builds and embeds in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, io};

use clean_build::Place;
use stage0_artifact::Target;

use crate::comparison::Comparison;
use crate::made::Made;
use crate::order::Order;
use crate::setting::Setting;

/// What is built.
#[derive(Debug)]
pub struct What {
    /// The targets of stage0.
    pub targets: Vec<Target>,
    /// Whether the program too shows no path: its build is not ours to configure, but that of whoever runs Cargo.
    pub remap: bool,
}

/// Builds in each place.
pub fn run(setting: &Setting, what: &What) -> Result<Comparison, String> {
    let mut builds = Vec::new();
    let mut orders = Vec::new();
    for index in 0..setting.builds {
        let place = setting.place(index)?;
        orders.push(Order::of(&place.checkout())?);
        let began = Instant::now();
        let files = build(&place, what, &setting.artifacts(index)?)?;
        let seconds = began.elapsed().as_secs_f64();
        eprintln!("build {} took {seconds:.0} s", index + 1);
        builds.push(Made {
            how: setting.how(&place),
            seconds,
            files,
        });
        place.discard().map_err(|error| error.to_string())?;
    }
    Comparison::new(builds, Order::fault(&orders).into_iter().collect())
}

fn build(place: &Place, what: &What, to: &Path) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut files = BTreeMap::new();
    let program = place.checkout().join("target/release/fastboop");
    for target in &what.targets {
        let said = |error: clean_build::Error| error.to_string();
        place
            .run_well(cargo(place, *target, what.remap), "cargo")
            .map_err(said)?;
        let copy = to.join(format!("fastboop with {target}"));
        let named = |error: io::Error| format!("{}: {error}", program.display());
        fs::copy(&program, &copy).map_err(named)?;
        let stage0 = to.join(target.asset_name());
        extract(&copy, &stage0)?;
        for file in [copy, stage0] {
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            files.insert(name, file);
        }
    }
    Ok(files)
}

fn cargo(place: &Place, target: Target, remap: bool) -> Command {
    let mut cargo = place.command("cargo".as_ref());
    let (checkout, home) = (place.checkout(), place.downloads());
    cargo
        .current_dir(&checkout)
        .args(["build", "--release", "--locked", "--package=fastboop-cli"])
        .args(
            place
                .surroundings()
                .jobs
                .map(|jobs| format!("--jobs={jobs}")),
        )
        .env("CARGO_HOME", &home)
        .env("FASTBOOP_STAGE0_TARGET", target.triple())
        .envs(linkers());
    if remap {
        let flags = [(&checkout, "/fastboop"), (&home, "/cargo")];
        let flags = flags.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    }
    cargo
}

/// What links for musl, which the machine says: in the Debian root it is `ld.lld`.
fn linkers() -> impl Iterator<Item = (String, String)> {
    env::vars().filter(|(name, _)| name.starts_with("CARGO_TARGET_") && name.ends_with("_LINKER"))
}

/// Has a program hand out its stage0.
fn extract(program: &Path, to: &Path) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(["stage0", "extract", "-o"]).arg(to);
    let named = |what: String| format!("{} stage0 extract: {what}", program.display());
    let output = command.output().map_err(|error| named(error.to_string()))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(named(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_hands_out_nothing_is_named() {
        let error = extract(Path::new("false"), Path::new("/nonexistent")).unwrap_err();
        assert!(error.starts_with("false stage0 extract: "), "{error}");
        let error = extract(Path::new("/nonexistent"), Path::new("/")).unwrap_err();
        assert!(
            error.starts_with("/nonexistent stage0 extract: "),
            "{error}"
        );
    }
}
