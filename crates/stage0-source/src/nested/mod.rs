//! Mode 2: builds stage0 from the source in this checkout with a nested Cargo.
//!
//! stage0 is always built with its release profile, whatever profile the outer build has: it is sent
//! over USB, so its size matters, and developers should test what is released. The outer profile
//! could not be passed on anyway: Cargo reports a custom profile to build scripts only as
//! `PROFILE=release` or `PROFILE=debug`.

mod environment;
mod flags;
mod inputs;
mod log;

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fastboop_files::Sha256Digest;
use stage0_artifact::Target;

use flags::Compiler;
pub use log::Failure;

/// The configuration of a nested build of stage0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedBuild {
    /// The Cargo to run, or a script in its place: a path, or a name to look up in `PATH`.
    pub cargo: PathBuf,
    /// The path of stage0's `Cargo.toml`.
    pub manifest: PathBuf,
    /// The target of the build.
    pub target: Target,
    /// The `OUT_DIR` of the build script, for the target directory and the log.
    pub out_dir: PathBuf,
    /// The Cargo home directory, if known. Its path is kept out of stage0.
    pub cargo_home: Option<PathBuf>,
}

/// The result of a nested build.
#[derive(Debug)]
pub struct BuildOutput {
    /// The path of the built program.
    pub artifact: PathBuf,
    /// The source and configuration files that the build read, which Cargo has to track.
    pub inputs: Vec<PathBuf>,
    /// The file with the output of Cargo.
    pub log: PathBuf,
}

impl NestedBuild {
    /// Builds stage0. The output of the nested Cargo goes to a log file.
    pub fn build(&self) -> Result<BuildOutput, Failure> {
        let log = self.out_dir.join("stage0-build.log");
        let output = File::create(&log)
            .and_then(|file| Ok((file.try_clone()?, file)))
            .map_err(|error| Failure::Log(log.clone(), error))?;
        eprintln!("stage0: building; the log is {}", log.display());
        let status = self
            .cargo_command()
            .stdin(Stdio::null())
            .stdout(output.0)
            .stderr(output.1)
            .status()
            .map_err(|error| Failure::Start(self.cargo.clone(), error))?;
        if !status.success() {
            return Err(Failure::from_log(self.target, status, log));
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

    /// The names of the variables that are passed on to the build and change its result.
    pub fn variables(&self) -> [String; 2] {
        environment::target_variables(self.target)
    }

    /// The target directory, one for each checkout: they can share `OUT_DIR`, and Cargo tells their build
    /// scripts and procedural macros apart by nothing but file times.
    fn target_dir(&self) -> PathBuf {
        let manifest = Sha256Digest::compute(self.manifest.as_os_str().as_bytes()).to_string();
        self.out_dir
            .join(format!("stage0-target-{}", &manifest[..16]))
    }

    fn cargo_command(&self) -> Command {
        let triple = self.target.triple();
        let compiler = Compiler::query(|| self.isolated_command(Path::new("rustc")));
        // `target.<triple>.rustflags` also overrides `build.rustflags` of a user's configuration, which
        // are meant for the host.
        let flags = flags::configuration(
            self.target,
            &self.manifest,
            self.cargo_home.as_deref(),
            compiler.as_ref(),
        );
        let mut command = self.isolated_command(&self.cargo);
        command
            .args(["build", "--locked", "--release", "--config", &flags])
            .args(["--target", triple, "--manifest-path"])
            .arg(&self.manifest)
            .arg("--target-dir")
            .arg(self.target_dir())
            .envs(self.fixed_variables());
        command
    }

    /// A command that runs `program` without the outer build's variables and configuration.
    fn isolated_command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            // Cargo looks for its configuration from the current directory upwards: this finds that of
            // stage0 instead of that of the outer build.
            .current_dir(self.manifest.parent().unwrap_or(Path::new(".")))
            .env_clear()
            .envs(environment::filter_inherited(env::vars_os(), self.target));
        command
    }

    fn fixed_variables(&self) -> [(&'static str, OsString); 3] {
        [
            // The outer Cargo locks its build directory until this build script exits. If
            // `build.build-dir` of the configuration named the same directory here, the nested Cargo
            // would wait for that lock forever.
            ("CARGO_BUILD_BUILD_DIR", self.target_dir().into()),
            // Overrides a configured `build.dep-info-basedir`, which would make the listed paths
            // relative to an unknown directory.
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
        let command = nested.cargo_command();
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
                nested.target_dir().to_str().unwrap(),
            ]
        );
        assert_eq!(command.get_current_dir(), Some(Path::new("/repo/stage0")));
        let build_dir = command
            .get_envs()
            .find(|(name, _)| *name == "CARGO_BUILD_BUILD_DIR");
        assert_eq!(build_dir.unwrap().1.unwrap(), nested.target_dir());
        let other = NestedBuild {
            manifest: "/other/stage0/Cargo.toml".into(),
            ..nested.clone()
        };
        assert_ne!(nested.target_dir(), other.target_dir());
        // Cargo runs these tests, so this variable is set and could leak.
        assert!(!command.get_envs().any(|(name, _)| name == "CARGO_PKG_NAME"));
    }

    #[test]
    fn reports_a_missing_cargo() {
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
