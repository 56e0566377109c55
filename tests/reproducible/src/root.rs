//! The Debian root made twice: Rust's std for musl has to be the same.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use clean_build::WorkDir;

use crate::build::{Build, digest, find_files};
use crate::packages;
use crate::summary::Summary;

/// The layer with all packages that the steps run.
const TOOLS: &str = "tools";

/// Layers of a root, by the names of the steps that made them.
type Layers = BTreeMap<String, PathBuf>;

/// The files of a step's layer, with their digests.
type Files = BTreeMap<String, (PathBuf, String)>;

/// Makes the steps in a new cache and compares them with those in another cache, where they are made if they are missing.
pub fn run(
    checkout: &Path,
    cache: Option<PathBuf>,
    work: &WorkDir,
    steps: &[String],
) -> anyhow::Result<Summary> {
    let cache = cache.or_else(default_cache);
    let cache = cache.context("HOME and XDG_CACHE_HOME are not set; set the cache with --cache")?;
    let mut builds = Vec::new();
    let mut roots = Vec::new();
    for cache in [cache, work.path().join("cache")] {
        let start = Instant::now();
        roots.push(make_root(checkout, &cache, steps)?);
        builds.push(Build {
            description: format!("a root in {}", cache.display()),
            seconds: start.elapsed().as_secs_f64(),
            files: BTreeMap::new(),
        });
    }
    for step in steps {
        let all = roots.iter().map(|root| read_layer(root, step));
        let all = all.collect::<anyhow::Result<Vec<_>>>()?;
        let different = different(&all);
        for (index, (build, files)) in builds.iter_mut().zip(&all).enumerate() {
            // One line of the summary stands for all files of a step, one more for each that differs.
            let list = work.path().join(format!("{step}-{}", index + 1));
            write_list(&list, files)?;
            build
                .files
                .insert(format!("{step}, {} files", files.len()), list);
            let files = different
                .iter()
                .filter_map(|name| files.get_key_value(name));
            let files = files.map(|(name, (path, _))| (format!("{step}/{name}"), path.clone()));
            build.files.extend(files);
        }
    }
    let notes = match [roots[0].get(TOOLS), roots[1].get(TOOLS)] {
        [Some(before), Some(after)] => packages::changes(before, after)?,
        _ => Vec::new(),
    };
    Ok(Summary::new(builds, Vec::new())?.with_notes(notes))
}

fn default_cache() -> Option<PathBuf> {
    let read = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    read("XDG_CACHE_HOME").or_else(|| Some(read("HOME")?.join(".cache")))
}

/// Makes the steps that are missing, and returns all layers that they need.
fn make_root(checkout: &Path, cache: &Path, steps: &[String]) -> anyhow::Result<Layers> {
    let program = checkout.join("tools/debian/make-root");
    let output = Command::new(&program)
        .args(steps)
        .env("XDG_CACHE_HOME", cache)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{}; set the checkout with --source", program.display()))?;
    ensure!(
        output.status.success(),
        "{}: {}",
        program.display(),
        output.status
    );
    let layers = String::from_utf8_lossy(&output.stdout);
    let directory = cache.join("fastboop/root/layers");
    let layer = |name: &str| Some((name.rsplit_once('-')?.0.to_owned(), directory.join(name)));
    Ok(layers.trim().split(':').filter_map(layer).collect())
}

fn read_layer(root: &Layers, step: &str) -> anyhow::Result<Files> {
    let layer = root
        .get(step)
        .with_context(|| format!("the root has no layer {step}"))?;
    let files = find_files(layer)?.into_iter();
    let read =
        |(name, path): (String, PathBuf)| Ok((name, (path.clone(), digest(&path)?.to_string())));
    files.map(read).collect()
}

/// The names of files that are not the same in all layers.
fn different(all: &[Files]) -> BTreeSet<String> {
    let digest = |files: &Files, name: &String| files.get(name).map(|(_, digest)| digest.clone());
    let differs = |name: &&String| {
        all.windows(2)
            .any(|pair| digest(&pair[0], name) != digest(&pair[1], name))
    };
    let names = all.iter().flat_map(|files| files.keys());
    names.filter(differs).cloned().collect()
}

/// Writes the digests in the format of sha256sum.
fn write_list(path: &Path, files: &Files) -> anyhow::Result<()> {
    let mut list = String::new();
    for (name, (_, digest)) in files {
        let _ = writeln!(list, "{digest}  {name}");
    }
    fs::write(path, list).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// Compares roots of a checkout whose make-root writes the output of `command` to the only file of its only layer.
    fn compare(command: &str) -> anyhow::Result<Summary> {
        let checkout = tempfile::tempdir().unwrap();
        let tools = checkout.path().join("tools/debian");
        fs::create_dir_all(&tools).unwrap();
        let script = format!(
            "#!/bin/sh\nset -e\nlayer=$XDG_CACHE_HOME/fastboop/root/layers/$1-00\nmkdir -p $layer/lib\n{command} >$layer/lib/std\necho $1-00\n"
        );
        let program = tools.join("make-root");
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let work = WorkDir::new(checkout.path().join("work"), false).unwrap();
        let cache = checkout.path().join("first");
        run(checkout.path(), Some(cache), &work, &["std".to_owned()])
    }

    #[test]
    fn accepts_the_same_files() {
        let summary = compare("echo always").unwrap();
        assert!(summary.is_same(), "{summary}");
        assert!(summary.to_string().contains("std, 1 files  "), "{summary}");
    }

    #[test]
    fn names_a_file_that_differs() {
        let summary = compare("echo made in $XDG_CACHE_HOME").unwrap();
        assert!(!summary.is_same());
        let text = summary.to_string();
        assert!(text.contains("DIFFERS: std/lib/std"), "{text}");
        // In diffoscope's report, or in the command that prints it.
        assert!(text.contains("work/cache"), "{text}");
    }

    #[test]
    fn fails_if_the_root_cannot_be_made() {
        let error = compare("false").unwrap_err();
        assert!(
            error.to_string().ends_with("make-root: exit status: 1"),
            "{error}"
        );
    }
}
