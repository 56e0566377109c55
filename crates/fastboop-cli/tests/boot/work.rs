//! A directory in which tests run `fastboop boot`.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};

use fastboot_device::{Behaviour, Device, TcpFaults, TcpFront};
use serde_json::Value;
use stage0_testing::ElfFile;
use tempfile::TempDir;

/// Cargo runs tests in the package's directory, Bazel in the root of the runfiles.
pub fn seed(name: &str) -> PathBuf {
    let path = PathBuf::from("tests/images/seeds").join(name);
    let found = fs::canonicalize(&path);
    found.unwrap_or_else(|_| fs::canonicalize(PathBuf::from("../..").join(path)).unwrap())
}

/// A small file in place of the embedded stage0, which takes a program without optimizations long to compress.
const STAGE0: &str = "stage0.elf";

/// The directory, with the user's configuration, state and cache.
pub struct Work(TempDir);

impl Work {
    pub fn new() -> Self {
        let work = Work(tempfile::tempdir().unwrap());
        let stage0 = ElfFile::aarch64().stage0("aarch64-unknown-linux-musl");
        work.write(STAGE0, stage0.build());
        work
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Writes `profile.yaml` with these lines of `android_bootimg`.
    pub fn write_profile(&self, lines: &str) {
        self.write_profile_with("", lines);
    }

    /// Writes `profile.yaml` with these lines at its top level, and these of `android_bootimg`.
    pub fn write_profile_with(&self, top: &str, lines: &str) {
        let lines = lines.replace('\n', "\n      ");
        self.write(
            "profile.yaml",
            format!(
                "id: example\n\
                 devicetree_name: qcom/sdm845-oneplus-fajita\n\
                 match: []\n\
                 probe: []\n\
                 {top}\n\
                 boot:\n  fastboot_boot:\n    android_bootimg:\n      {lines}\n"
            )
            .replace("match: []", "match: [{fastboot: {vid: 1, pid: 1}}]"),
        );
    }

    /// `fastboop boot` with these arguments; `IMAGE` stands for the image. The root is on a disk, unless they name another: then nothing
    /// is served, and the program ends.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let program = fs::canonicalize(env!("CARGO_BIN_EXE_fastboop")).unwrap();
        let image = seed("boot/devices.img.xz");
        let root: &[&str] = match arguments.contains(&"--root") {
            true => &[],
            false => &["--root", "disk"],
        };
        let arguments = arguments.iter().map(|argument| match *argument {
            "IMAGE" => image.as_os_str(),
            other => other.as_ref(),
        });
        let mut command = Command::new(program);
        command
            .args(["boot", "--stage0", STAGE0])
            .args(root)
            .args(arguments)
            .current_dir(self.0.path());
        for (variable, directory) in [
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
        ] {
            command.env(variable, self.path(directory));
        }
        command.env_remove("FASTBOOP_SCHEMA_PATH");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the program, which must succeed, and returns standard output and standard error.
    pub fn ok(&self, arguments: &[&str]) -> (String, String) {
        let output = self.run(arguments);
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(output.status.success(), "{arguments:?}: {stdout}{stderr}");
        (stdout, stderr)
    }

    /// Runs the program, which must fail with this code and a last line that contains `words`, once.
    pub fn error(&self, code: i32, arguments: &[&str], words: &str) -> String {
        let output = self.run(arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
        let last = message.lines().last().unwrap();
        assert!(last.starts_with("error: "), "{message}");
        assert_eq!(last.matches(words).count(), 1, "{words}: {message}");
        // Every failure ends with what to do next.
        assert!(last.contains("; "), "{message}");
        assert!(!message.contains('\x1b'), "{message}");
        message
    }

    /// The events, one a line.
    pub fn events(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(&[arguments, &["--json"]].concat());
        let lines = String::from_utf8(output.stdout).unwrap();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// The first event with this name.
pub fn event<'a>(events: &'a [Value], name: &str) -> &'a Value {
    let found = events.iter().find(|event| event["event"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {events:?}"))
}

/// A device over TCP that behaves like this, with `--device` and its address.
pub fn serve(behaviour: Behaviour) -> (TcpFront, String) {
    let front = TcpFront::start(Device::new(behaviour), TcpFaults::default()).unwrap();
    let address = device(front.address());
    (front, address)
}

fn device(address: SocketAddr) -> String {
    format!("--device=tcp:{address}")
}
