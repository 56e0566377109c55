//! The execution log: `bazel build --execution_log_json_file=FILE`.
//!
//! Source of the format: `SpawnExec` in `src/main/protobuf/spawn.proto` of Bazel, one JSON object after the other. Proto's JSON
//! leaves out fields that are empty or zero.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;

use crate::Error;

/// What Bazel calls a spawn: one command of one action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spawn {
    /// The command line.
    #[serde(rename = "commandArgs")]
    pub arguments: Vec<String>,
    /// The environment, all of it.
    #[serde(rename = "environmentVariables")]
    pub environment: Vec<Property>,
    /// Where it can run.
    pub platform: Platform,
    /// Every file it can see.
    pub inputs: Vec<LoggedFile>,
    /// Paths of the files it should write.
    pub listed_outputs: Vec<String>,
    /// The kind of action, such as `Rustc`.
    pub mnemonic: String,
    /// What ran it, such as `linux-sandbox` or `remote cache hit`.
    pub runner: String,
    /// Whether it was taken from a cache.
    pub cache_hit: bool,
    /// Whether a remote cache may hold it.
    pub remote_cacheable: bool,
    /// The target it belongs to.
    pub target_label: String,
}

/// A name with a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Property {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Properties of the platform that an action runs on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Platform {
    /// Sorted by name.
    pub properties: Vec<Property>,
}

/// A file in the log.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoggedFile {
    /// Relative to the execution root, so the same for each checkout.
    pub path: String,
    /// Its content.
    pub digest: Digest,
    /// Where it is a symbolic link that Bazel does not follow: its target.
    pub symlink_target_path: String,
}

/// The digest of a content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Digest {
    /// In lower-case hex digits.
    pub hash: String,
}

/// An action, for reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The target it belongs to.
    pub label: String,
    /// The kind of action.
    pub mnemonic: String,
    /// The first file it writes: no two actions of a build write the same.
    pub output: String,
}

impl Spawn {
    /// What to call it.
    pub fn name(&self) -> Name {
        Name {
            label: self.target_label.clone(),
            mnemonic: self.mnemonic.clone(),
            output: self.listed_outputs.first().cloned().unwrap_or_default(),
        }
    }

    /// Whether it compiles Rust, or runs a build script.
    pub fn is_rust(&self) -> bool {
        self.mnemonic.starts_with("Rustc") || self.mnemonic == "CargoBuildScriptRun"
    }
}

/// Reads a whole log.
///
/// # Errors
/// The file cannot be read, or is not an execution log.
pub fn read(path: &Path) -> Result<Vec<Spawn>, Error> {
    let file = File::open(path).map_err(|cause| Error::Open {
        path: path.display().to_string(),
        cause,
    })?;
    serde_json::Deserializer::from_reader(BufReader::new(file))
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|cause| Error::Parse {
            path: path.display().to_string(),
            cause,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_consecutive_objects_and_ignores_unknown_fields() {
        let path = std::env::temp_dir().join(format!("bazel-logs-{}", std::process::id()));
        let log = r#"{"commandArgs": ["rustc"], "listedOutputs": ["a.rlib"], "mnemonic": "Rustc", "targetLabel": "//a", "new": 1}
                     {"mnemonic": "Genrule", "cacheHit": true, "runner": "remote cache hit"}"#;
        std::fs::write(&path, log).unwrap();
        let spawns = read(&path).unwrap();
        std::fs::write(&path, "{\"mnemonic\": ").unwrap();
        let broken = read(&path);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(spawns.len(), 2);
        assert_eq!(spawns[0].name().output, "a.rlib");
        assert!(spawns[0].is_rust() && !spawns[1].is_rust());
        assert!(spawns[1].cache_hit);
        assert!(matches!(broken, Err(Error::Parse { .. })));
        assert!(matches!(read(&path), Err(Error::Open { .. })));
    }
}
