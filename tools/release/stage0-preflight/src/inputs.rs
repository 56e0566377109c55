//! Finds the artifacts to check, and the target of each.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use stage0_artifact::Target;

/// An artifact to check. The file need not exist.
#[derive(Debug)]
pub struct Input {
    pub path: PathBuf,
    /// Its target, or why that is unknown.
    pub target: Result<Target, String>,
}

impl Input {
    /// Whether it is for `target`.
    pub fn is_for(&self, target: Target) -> bool {
        self.target == Ok(target)
    }
}

/// The artifacts at the paths of the command line.
#[derive(Debug, Default)]
pub struct Inputs {
    pub artifacts: Vec<Input>,
    /// Files that are named like an artifact, but have an extension (`….sha256`).
    pub skipped: Vec<PathBuf>,
}

/// The prefix of artifacts' names.
const PREFIX: &str = "fastboop-stage0-";

/// Finds the artifacts at `paths`: the files, and those with an artifact's name in the directories.
///
/// `target` is the target of files whose names contain none.
pub fn find(paths: &[PathBuf], target: Option<Target>) -> anyhow::Result<Inputs> {
    let mut inputs = Inputs::default();
    for path in paths {
        if path.is_dir() {
            search(path, &mut inputs)?;
        } else {
            let target = find_target(path, target);
            inputs.artifacts.push(Input {
                path: path.clone(),
                target,
            });
        }
    }
    Ok(inputs)
}

fn search(directory: &Path, inputs: &mut Inputs) -> anyhow::Result<()> {
    let unreadable = |error: std::io::Error| {
        anyhow!(
            "{}: cannot list: {error}; check its permissions",
            directory.display()
        )
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        names.push(entry.map_err(unreadable)?.file_name());
    }
    names.sort();
    for name in names {
        let text = name.to_string_lossy();
        let Some(rest) = text.strip_prefix(PREFIX) else {
            continue;
        };
        let path = directory.join(&name);
        // Artifacts have no extension; checksums and build systems' records beside them do.
        if rest.contains('.') {
            inputs.skipped.push(path);
        } else {
            let target = find_target(&path, None);
            inputs.artifacts.push(Input { path, target });
        }
    }
    Ok(())
}

fn find_target(path: &Path, target: Option<Target>) -> Result<Target, String> {
    let named = path
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(Target::from_asset_name);
    match (named, target) {
        (Some(named), Some(expected)) if named != expected => Err(format!(
            "named for {named}, but --target is {expected}; rename it, or change --target"
        )),
        (named, target) => named.or(target).ok_or_else(|| {
            if !path.exists() {
                return "no such file or directory; check the path".to_owned();
            }
            format!(
                "no target in its name; name it {PREFIX}<target>, where <target> is one of {}, \
                 or use --target",
                Target::ALL.map(Target::triple).join(", ")
            )
        }),
    }
}
