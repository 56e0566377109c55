//! The execution log: `bazel build --execution_log_json_file=FILE`.
//!
//! Source of the format: `SpawnExec` in `src/main/protobuf/spawn.proto` of Bazel, one JSON object after the other. Proto's JSON
//! leaves out fields that are empty or zero.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;

use crate::Error;

/// One command of one action, which Bazel calls a spawn.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spawn {
    /// The command line.
    #[serde(rename = "commandArgs")]
    pub arguments: Vec<String>,
    /// The complete environment.
    #[serde(rename = "environmentVariables")]
    pub environment: Vec<Property>,
    /// The execution platform.
    pub platform: Platform,
    /// All input files.
    pub inputs: Vec<LoggedFile>,
    /// The paths of its outputs.
    pub listed_outputs: Vec<String>,
    /// The kind of action, such as `Rustc`.
    pub mnemonic: String,
    /// The spawn strategy, such as `linux-sandbox` or `remote cache hit`.
    pub runner: String,
    /// Whether its result came from a cache.
    pub cache_hit: bool,
    /// Whether its result may be stored in a remote cache.
    pub remote_cacheable: bool,
    /// The label of its target.
    pub target_label: String,
}

/// A named value: an environment variable or a platform property.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Property {
    /// The name, unique in its list.
    pub name: String,
    /// The value, as a string.
    pub value: String,
}

/// The execution platform of an action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Platform {
    /// The properties, sorted by name.
    pub properties: Vec<Property>,
}

/// A file in the log.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoggedFile {
    /// The path relative to the execution root, which is the same for each checkout.
    pub path: String,
    /// The digest of its content; empty for a symbolic link.
    pub digest: Digest,
    /// The target of a symbolic link that Bazel does not follow; empty for other files.
    pub symlink_target_path: String,
}

/// A content digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Digest {
    /// The hash in lower-case hex digits.
    pub hash: String,
}

/// The identity of an action, for reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The label of its target.
    pub label: String,
    /// The kind of action.
    pub mnemonic: String,
    /// The path of its first output, which no other action of the build writes.
    pub output: String,
}

impl Spawn {
    /// Returns the identity of the action.
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
