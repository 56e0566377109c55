//! Mode 2: stage0 from the source in this checkout, by a Cargo inside Cargo.
//!
//! stage0 is always built in release, whatever profile the outer build has: it is made for another
//! machine, its size counts because it travels over USB, and what is tried out should be what is
//! released. So there is no profile to be mapped, and a custom one (which tells build scripts no
//! more than `PROFILE=release` or `debug`) changes nothing.

mod environment;
mod flags;
mod inputs;
mod log;

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use stage0_artifact::Target;

use flags::Compiler;
pub use log::Failure;

/// A build of stage0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedBuild {
    /// The Cargo to run, or a script in its place.
    pub cargo: PathBuf,
    /// stage0's manifest.
    pub manifest: PathBuf,
    /// What to build it for.
    pub target: Target,
    /// Where to build.
    pub out_dir: PathBuf,
    /// Where Cargo keeps the sources of registries.
    pub cargo_home: Option<PathBuf>,
}

/// The result of a build.
#[derive(Debug)]
pub struct BuildOutput {
    /// The program.
    pub artifact: PathBuf,
    /// All files that it was built from, and those that configured the build.
    pub inputs: Vec<PathBuf>,
    /// The file with the output of Cargo.
    pub log: PathBuf,
}

impl NestedBuild {
    /// Builds stage0. The output of Cargo goes to a file.
    pub fn build(&self) -> Result<BuildOutput, Failure> {
        let log = self.out_dir.join("stage0-build.log");
        let output = File::create(&log)
            .and_then(|file| Ok((file.try_clone()?, file)))
            .map_err(|error| Failure::Log(log.clone(), error))?;
        eprintln!("stage0: building, with its output in {}", log.display());
        let status = self
            .command()
            .stdin(Stdio::null())
            .stdout(output.0)
            .stderr(output.1)
            .status()
            .map_err(|error| Failure::Start(self.cargo.clone(), error))?;
        if !status.success() {
            return Err(Failure::read(self.target, status, log));
        }
        let artifact = self
            .target_dir()
            .join(self.target.triple())
            .join("release/fastboop-stage0");
        let inputs = inputs::find(&artifact, &self.manifest, &self.cargo)?;
        Ok(BuildOutput {
            artifact,
            inputs,
            log,
        })
    }

    /// The variables that reach the build and change what it makes.
    pub fn variables(&self) -> [String; 2] {
        environment::target_variables(self.target)
    }

    fn target_dir(&self) -> PathBuf {
        self.out_dir.join("stage0-target")
    }

    fn command(&self) -> Command {
        let triple = self.target.triple();
        let compiler = Compiler::query(|| self.program(Path::new("rustc")));
        // Given like this, they also take the place of `build.rustflags` in somebody's configuration,
        // which are for their machine.
        let flags = flags::configuration(
            self.target,
            &self.manifest,
            self.cargo_home.as_deref(),
            compiler.as_ref(),
        );
        let mut command = self.program(&self.cargo);
        command
            .args(["build", "--locked", "--release", "--config", &flags])
            .args(["--target", triple, "--manifest-path"])
            .arg(&self.manifest)
            .arg("--target-dir")
            .arg(self.target_dir())
            .envs(self.own_variables());
        command
    }

    /// `name`, out of the outer build's reach.
    fn program(&self, name: &Path) -> Command {
        let mut command = Command::new(name);
        command
            // Cargo looks for its configuration from here upwards: stage0's own, not our caller's.
            .current_dir(self.manifest.parent().unwrap_or(Path::new(".")))
            .env_clear()
            .envs(environment::inherited(env::vars_os(), self.target));
        command
    }

    fn own_variables(&self) -> [(&'static str, OsString); 3] {
        [
            // A `build.build-dir` in the configuration is the outer Cargo's, which holds its lock
            // until we end: without one of our own we would wait for it for ever.
            ("CARGO_BUILD_BUILD_DIR", self.target_dir().into()),
            // Else a `build.dep-info-basedir` could make paths relative to who knows what.
            ("CARGO_BUILD_DEP_INFO_BASEDIR", inputs::BASE.into()),
            ("CARGO_TERM_COLOR", "never".into()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_for_the_target_locked_and_isolated() {
        let nested = NestedBuild {
            cargo: "cargo".into(),
            manifest: "/repo/stage0/Cargo.toml".into(),
            target: Target::Armv7,
            out_dir: "/out".into(),
            cargo_home: Some("/home/bob/.cargo".into()),
        };
        let command = nested.command();
        let mut arguments: Vec<_> = command
            .get_args()
            .map(|arg| arg.to_str().unwrap())
            .collect();
        let flags = arguments.remove(4);
        assert!(
            flags.starts_with("target.armv7-unknown-linux-musleabihf.rustflags=["),
            "{flags}"
        );
        assert!(flags.contains("/home/bob/.cargo=cargo-home"), "{flags}");
        assert_eq!(
            arguments,
            [
                "build",
                "--locked",
                "--release",
                "--config",
                "--target",
                "armv7-unknown-linux-musleabihf",
                "--manifest-path",
                "/repo/stage0/Cargo.toml",
                "--target-dir",
                "/out/stage0-target",
            ]
        );
        assert_eq!(command.get_current_dir(), Some(Path::new("/repo/stage0")));
        let build_dir = command
            .get_envs()
            .find(|(name, _)| *name == "CARGO_BUILD_BUILD_DIR");
        assert_eq!(build_dir.unwrap().1.unwrap(), "/out/stage0-target");
        // These tests run under a Cargo, whose variables are there to leak.
        assert!(!command.get_envs().any(|(name, _)| name == "CARGO_PKG_NAME"));
    }

    #[test]
    fn names_a_missing_cargo() {
        let out = tempfile::tempdir().unwrap();
        let nested = NestedBuild {
            cargo: "/no/such/cargo".into(),
            manifest: "/".into(),
            target: Target::Armv7,
            out_dir: out.path().to_owned(),
            cargo_home: None,
        };
        let message = nested.build().unwrap_err().to_string();
        assert!(message.starts_with("/no/such/cargo: "), "{message}");
        assert!(message.contains("FASTBOOP_STAGE0_CARGO"), "{message}");
    }
}
