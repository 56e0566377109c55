//! Which files are looked at, and what each should be for.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use stage0_artifact::Target;

/// A file that is to be checked.
#[derive(Debug)]
pub struct Input {
    /// Where it is, or should be.
    pub path: PathBuf,
    /// What it is for, or why that cannot be told.
    pub target: Result<Target, String>,
}

impl Input {
    /// Is it for `target`?
    pub fn is_for(&self, target: Target) -> bool {
        self.target == Ok(target)
    }
}

/// What was found at some paths.
#[derive(Debug, Default)]
pub struct Found {
    /// What is to be checked.
    pub inputs: Vec<Input>,
    /// Files beside artifacts that are none, by their extension (`….sha256`).
    pub passed_over: Vec<PathBuf>,
}

/// How the names of artifacts start.
const PREFIX: &str = "fastboop-stage0-";

/// The artifacts at `paths`: files as they are, and in directories what is named like an artifact.
///
/// `target` is what files are for whose names do not tell.
pub fn find(paths: &[PathBuf], target: Option<Target>) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for path in paths {
        if path.is_dir() {
            search(path, &mut found)?;
        } else {
            let target = target_of(path, target);
            found.inputs.push(Input {
                path: path.clone(),
                target,
            });
        }
    }
    Ok(found)
}

fn search(directory: &Path, found: &mut Found) -> anyhow::Result<()> {
    let unreadable = |error: std::io::Error| {
        anyhow!(
            "{}: cannot list it: {error}; check its permissions",
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
        // Artifacts have no extension; checksums and build systems' notes beside them do.
        if rest.contains('.') {
            found.passed_over.push(path);
        } else {
            let target = target_of(&path, None);
            found.inputs.push(Input { path, target });
        }
    }
    Ok(())
}

fn target_of(path: &Path, target: Option<Target>) -> Result<Target, String> {
    let named = path
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(Target::from_asset_name);
    match (named, target) {
        (Some(named), Some(wanted)) if named != wanted => Err(format!(
            "its name says {named}, but --target says {wanted}; name one or the other"
        )),
        (named, target) => named.or(target).ok_or_else(|| {
            if !path.exists() {
                return "no such file or directory; check the path".to_owned();
            }
            format!(
                "its name does not tell what it is for; name it {PREFIX}<target>, with one of {}, \
                 or give a file's target with --target",
                Target::ALL.map(Target::triple).join(", ")
            )
        }),
    }
}
