//! The Debian root made twice: Rust's std for musl has to be the same.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use clean_build::Work;

use crate::comparison::Comparison;
use crate::made::{Made, below, digest};
use crate::packages;

/// The layer with all packages that the steps run.
const TOOLS: &str = "tools";

/// Layers of a root, by the names of the steps that made them.
type Layers = BTreeMap<String, PathBuf>;

/// Makes the steps in a new cache, compares with those of another cache, where they are made if need be.
pub fn run(
    checkout: &Path,
    cache: Option<PathBuf>,
    work: &Work,
    steps: &[String],
) -> Result<Comparison, String> {
    let cache = match cache {
        Some(cache) => cache,
        None => own_cache()?,
    };
    let caches = [cache, work.directory().join("cache")];
    let mut builds = Vec::new();
    let mut roots = Vec::new();
    for cache in &caches {
        let began = Instant::now();
        roots.push(make(checkout, cache, steps)?);
        builds.push(Made {
            how: format!("a root in {}", cache.display()),
            seconds: began.elapsed().as_secs_f64(),
            files: BTreeMap::new(),
        });
    }
    for step in steps {
        let all = roots.iter().map(|root| files(root, step));
        let all = all.collect::<Result<Vec<_>, _>>()?;
        let differing = differing(&all);
        for (index, (made, files)) in builds.iter_mut().zip(&all).enumerate() {
            let list = work.directory().join(format!("{step}-{}", index + 1));
            write(&list, files)?;
            made.files
                .insert(format!("{step}, {} files", files.len()), list);
            let unlike = differing
                .iter()
                .filter_map(|name| files.get_key_value(name));
            let unlike = unlike.map(|(name, (path, _))| (format!("{step}/{name}"), path.clone()));
            made.files.extend(unlike);
        }
    }
    let notes = packages::changed(&layers(&roots, TOOLS))?;
    Ok(Comparison::new(builds, Vec::new())?.with_notes(notes))
}

fn own_cache() -> Result<PathBuf, String> {
    let set = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_CACHE_HOME")
        .or_else(|| Some(set("HOME")?.join(".cache")))
        .ok_or("neither HOME nor XDG_CACHE_HOME is set; name a cache with --cache".to_owned())
}

/// Makes the steps, unless they are there; all layers that they need.
fn make(checkout: &Path, cache: &Path, steps: &[String]) -> Result<Layers, String> {
    let program = checkout.join("tools/debian/make-root");
    let named = |what: String| format!("{}: {what}", program.display());
    let output = Command::new(&program)
        .args(steps)
        .env("XDG_CACHE_HOME", cache)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| named(format!("{error}; name the checkout with --source")))?;
    if !output.status.success() {
        return Err(named("failed, see above".to_owned()));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let directory = cache.join("fastboop/root/layers");
    let layer = |name: &str| Some((name.rsplit_once('-')?.0.to_owned(), directory.join(name)));
    Ok(said.trim().split(':').filter_map(layer).collect())
}

fn layers(roots: &[Layers], step: &str) -> Vec<PathBuf> {
    roots
        .iter()
        .filter_map(|root| root.get(step).cloned())
        .collect()
}

/// The files of a step's layer, with their digests.
type Files = BTreeMap<String, (PathBuf, String)>;

fn files(root: &Layers, step: &str) -> Result<Files, String> {
    let layer = root
        .get(step)
        .ok_or(format!("the root has no layer {step}"))?;
    let files = below(layer)?.into_iter();
    files
        .map(|(name, path)| Ok((name, (path.clone(), digest(&path)?.to_string()))))
        .collect()
}

/// The names of files that are not the same in all.
fn differing(all: &[Files]) -> BTreeSet<String> {
    let names = all.iter().flat_map(|files| files.keys());
    let of = |files: &Files, name: &String| files.get(name).map(|(_, digest)| digest.clone());
    let differs = |name: &&String| {
        all.windows(2)
            .any(|pair| of(&pair[0], name) != of(&pair[1], name))
    };
    names.filter(differs).cloned().collect()
}

/// A list in the format of sha256sum.
fn write(path: &Path, files: &Files) -> Result<(), String> {
    let mut list = String::new();
    for (name, (_, digest)) in files {
        let _ = writeln!(list, "{digest}  {name}");
    }
    fs::write(path, list).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A checkout whose make-root makes one layer, with a file that says `content`.
    fn checkout(content: &str) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let tools = directory.path().join("tools/debian");
        fs::create_dir_all(&tools).unwrap();
        let script = format!(
            "#!/bin/sh\nset -e\nlayer=$XDG_CACHE_HOME/fastboop/root/layers/$1-00\nmkdir -p $layer/lib\n{content} >$layer/lib/std\necho $1-00\n"
        );
        let program = tools.join("make-root");
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        directory
    }

    fn compared(content: &str) -> Result<Comparison, String> {
        let checkout = checkout(content);
        let work = Work::new(checkout.path().join("work"), false).unwrap();
        let cache = checkout.path().join("first");
        run(checkout.path(), Some(cache), &work, &["std".to_owned()])
    }

    #[test]
    fn the_same_files_hold() {
        let comparison = compared("echo always").unwrap();
        assert!(comparison.holds(), "{comparison}");
        assert!(
            comparison.to_string().contains("std, 1 files  "),
            "{comparison}"
        );
    }

    #[test]
    fn a_file_that_differs_is_named_and_explained() {
        let comparison = compared("echo made in $XDG_CACHE_HOME").unwrap();
        assert!(!comparison.holds());
        let text = comparison.to_string();
        assert!(text.contains("DIFFERS: std/lib/std"), "{text}");
        assert!(text.contains("work/cache"), "{text}");
    }

    #[test]
    fn a_root_that_cannot_be_made_is_an_error() {
        let error = compared("false").unwrap_err();
        assert!(error.contains("make-root: failed, see above"), "{error}");
    }
}
