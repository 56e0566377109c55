//! Measures builds by Cargo.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clean_build::{BuildDir, BuildEnv};

use super::case::{Case, Dependency};
use super::cost::{Cost, Meter};
use super::tool::{Context, InitialState, Tool};

/// A checkout for builds by Cargo.
pub struct Cargo {
    build_dir: BuildDir,
    /// CARGO_HOME, which contains the downloads.
    home: PathBuf,
}

impl Cargo {
    /// The logs of the nested builds of stage0.
    fn nested_logs(&self) -> Vec<PathBuf> {
        let build = self.build_dir.checkout().join("target/debug/build");
        let packages = fs::read_dir(build).into_iter().flatten().flatten();
        packages
            .map(|package| package.path().join("out/stage0-build.log"))
            .filter(|log| log.exists())
            .collect()
    }
}

impl Tool for Cargo {
    const NAME: &str = "Cargo";

    fn new(context: &Context, name: &str, initial: InitialState) -> anyhow::Result<Self> {
        let directory = context.directory(Self::NAME, name);
        let build_dir = BuildDir::new(&directory, &context.source, BuildEnv::default(), None);
        Ok(Cargo {
            build_dir: build_dir?,
            home: match initial {
                InitialState::Cold => directory.join("cargo"),
                InitialState::Warm(downloads) => downloads.to_owned(),
            },
        })
    }

    fn downloads(&self) -> PathBuf {
        self.home.clone()
    }

    fn build(&self, name: &str) -> anyhow::Result<Cost> {
        for log in self.nested_logs() {
            fs::remove_file(&log).with_context(|| log.display().to_string())?;
        }
        let mut cargo = self.build_dir.command("cargo".as_ref());
        cargo
            .current_dir(self.build_dir.checkout())
            .args(["build", "--locked", "--package", "fastboop-cli"])
            .env("CARGO_HOME", &self.home)
            .envs(env::vars_os().filter(|(name, _)| is_target_variable(name)));
        let meter = Meter::start(None)?;
        let built = self.build_dir.run(cargo, name);
        let cost = meter.stop(None, None, 0)?;
        let log = built.and_then(|()| self.build_dir.read_log(name));
        let mut crates = count_compiled(&log?);
        for log in self.nested_logs() {
            let text = fs::read_to_string(&log);
            crates += count_compiled(&text.with_context(|| log.display().to_string())?);
        }
        Ok(Cost {
            actions: crates,
            ..cost
        })
    }

    fn edit(&self, case: Case, dependency: &Dependency) -> anyhow::Result<()> {
        Ok(case.edit(&self.build_dir, dependency)?)
    }

    fn discard(self) -> anyhow::Result<()> {
        Ok(self.build_dir.discard()?)
    }
}

/// Whether a variable configures a target: the Debian root sets `CARGO_TARGET_…_LINKER` for those of stage0.
fn is_target_variable(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with("CARGO_TARGET_")
}

/// Counts the crates that Cargo reports as compiled.
fn count_compiled(log: &str) -> u64 {
    let lines = log.lines().map(str::trim_start);
    lines.filter(|line| line.starts_with("Compiling ")).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_compiled_crates() {
        let log =
            "   Compiling a v1.0.0\nCompiling b v1.0.0\n    Finished `dev`\nwarning: Compiling\n";
        assert_eq!(count_compiled(log), 2);
    }
}
