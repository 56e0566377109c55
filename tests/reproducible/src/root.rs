//! Compares Rust's std for musl between two Debian roots.

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

/// The layer with the packages that the steps use.
const TOOLS: &str = "tools";

/// The layers of a root, by the names of their steps.
type Layers = BTreeMap<String, PathBuf>;

/// The paths and digests of the files in a layer, by their names.
type Files = BTreeMap<String, (PathBuf, String)>;

/// Creates the steps in a new cache and compares them with those in `cache`, where missing steps are created.
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
            description: format!("root in {}", cache.display()),
            seconds: start.elapsed().as_secs_f64(),
            files: BTreeMap::new(),
        });
    }
    for step in steps {
        let all = roots.iter().map(|root| read_layer(root, step));
        let all = all.collect::<anyhow::Result<Vec<_>>>()?;
        let different = different_files(&all);
        for (index, (build, files)) in builds.iter_mut().zip(&all).enumerate() {
            // The summary has one line for all files of a step, and one for each file that differs.
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

/// Creates the missing steps, and returns all layers that they require.
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
        .with_context(|| format!("{step}: the root does not contain this layer"))?;
    let files = find_files(layer)?.into_iter();
    let read =
        |(name, path): (String, PathBuf)| Ok((name, (path.clone(), digest(&path)?.to_string())));
    files.map(read).collect()
}

/// Returns the names of the files that differ between layers.
fn different_files(all: &[Files]) -> BTreeSet<String> {
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
    use clean_build::write_script;

    /// Compares roots with one layer and one file, to which make-root writes the output of `command`.
    fn compare(command: &str) -> anyhow::Result<Summary> {
        let checkout = tempfile::tempdir().unwrap();
        let tools = checkout.path().join("tools/debian");
        fs::create_dir_all(&tools).unwrap();
        let script = format!(
            "#!/bin/sh\nset -e\nlayer=$XDG_CACHE_HOME/fastboop/root/layers/$1-00\nmkdir -p $layer/lib\n{command} >$layer/lib/std\necho $1-00\n"
        );
        let program = tools.join("make-root");
        write_script(&program, &script).unwrap();
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
        let summary = compare("echo built in $XDG_CACHE_HOME").unwrap();
        assert!(!summary.is_same());
        let text = summary.to_string();
        assert!(text.contains("DIFFERS: std/lib/std"), "{text}");
        // In diffoscope's report, or in the command that prints it.
        assert!(text.contains("work/cache"), "{text}");
    }

    #[test]
    fn reports_a_failure_of_make_root() {
        let error = compare("false").unwrap_err();
        assert!(
            error.to_string().ends_with("make-root: exit status: 1"),
            "{error}"
        );
    }
}
