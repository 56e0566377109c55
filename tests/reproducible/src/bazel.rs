//! Compares builds by Bazel.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use bazel_logs::comparison::Count;
use clean_build::BuildDir;

use crate::build::Build;
use crate::context::{Context, describe};
use crate::order::DirectoryOrder;
use crate::summary::Summary;

/// A query for the released binaries: stage0 for every target, and the program for every host.
const RELEASED: &str = "filter('-linux-musl', kind(platform_binary, //:all + //stage0:all))";

/// Builds `targets`, or everything that is released if there are none, once in each environment.
pub fn run(context: &Context, mut targets: Vec<String>) -> anyhow::Result<Summary> {
    let mut builds = Vec::new();
    let mut errors = Vec::new();
    let mut orders = Vec::new();
    for index in 0..context.builds {
        let build_dir = context.build_dir(index)?;
        orders.push(DirectoryOrder::read(&build_dir.checkout())?);
        if targets.is_empty() {
            targets = query(&build_dir, RELEASED)?;
        }
        let (build, cached) = build(context, &build_dir, index, &targets)?;
        build_dir.discard()?;
        errors.extend(check_cache(index, cached));
        builds.push(build);
    }
    errors.extend(DirectoryOrder::check(&orders));
    Summary::new(builds, errors)
}

fn query(build_dir: &BuildDir, expression: &str) -> anyhow::Result<Vec<String>> {
    let cache = format!("--repository_cache={}", build_dir.downloads().display());
    build_dir.bazel("query", &[&cache, expression])?;
    let output = build_dir.read_log("query")?;
    let labels: Vec<_> = output
        .lines()
        .filter(|line| line.starts_with("//"))
        .map(str::to_owned)
        .collect();
    ensure!(
        !labels.is_empty(),
        "bazel query: no target matches {expression}"
    );
    Ok(labels)
}

fn build(
    context: &Context,
    build_dir: &BuildDir,
    index: usize,
    targets: &[String],
) -> anyhow::Result<(Build, Count)> {
    // Disables every cache, whatever user.bazelrc or the system's bazelrc configures.
    let mut arguments = vec!["--config=release"];
    arguments.extend(targets.iter().map(String::as_str));
    let log = build_dir.bazel_build("build", &arguments)?;
    let seconds = log.metrics.wall_time.as_secs_f64();
    eprintln!("build {} took {seconds:.0} s", index + 1);
    let files = copy_outputs(
        &build_dir.checkout().join("bazel-bin"),
        &context.artifacts_dir(index)?,
        targets,
    )?;
    let build = Build {
        description: describe(build_dir),
        seconds,
        files,
    };
    Ok((build, Count::from_spawns(&log.spawns, |_| true)))
}

/// Returns an error if a build did not run all of its actions.
fn check_cache(index: usize, Count { hits, total }: Count) -> Option<String> {
    let build = index + 1;
    match (hits, total) {
        (_, 0) => Some(format!("build {build}: ran no action")),
        (0, _) => None,
        _ => Some(format!(
            "build {build}: {hits} of {total} actions came from a cache"
        )),
    }
}

/// Copies the output of each target, a file with the name of the target.
fn copy_outputs(
    bazel_bin: &Path,
    to: &Path,
    targets: &[String],
) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    for target in targets {
        let path = target.trim_start_matches("//").replace(':', "/");
        let output = bazel_bin.join(path.trim_start_matches('/'));
        let name = output.file_name().unwrap_or_default();
        fs::copy(&output, to.join(name))
            .with_context(|| format!("{target}: {}", output.display()))?;
        files.insert(name.to_string_lossy().into_owned(), to.join(name));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_a_build_that_reads_a_cache_or_runs_nothing() {
        let check = |hits, total| check_cache(0, Count { hits, total }).unwrap_or_default();
        assert_eq!(check(0, 5), "");
        assert_eq!(check(1, 5), "build 1: 1 of 5 actions came from a cache");
        assert_eq!(check(0, 0), "build 1: ran no action");
    }

    #[test]
    fn copies_outputs() {
        let directory = tempfile::tempdir().unwrap();
        let (bin, to) = (directory.path().join("bin"), directory.path().join("to"));
        fs::create_dir_all(bin.join("stage0")).unwrap();
        fs::create_dir(&to).unwrap();
        fs::write(bin.join("stage0/artifact"), "1").unwrap();
        fs::write(bin.join("program"), "2").unwrap();
        let copy = |targets: &[&str]| {
            copy_outputs(
                &bin,
                &to,
                &targets.iter().map(ToString::to_string).collect::<Vec<_>>(),
            )
        };
        let files = copy(&["//stage0:artifact", "//:program"]).unwrap();
        let contents = files
            .iter()
            .map(|(name, path)| (name.as_str(), fs::read_to_string(path).unwrap()));
        assert_eq!(
            contents.collect::<Vec<_>>(),
            [("artifact", "1".to_owned()), ("program", "2".to_owned())]
        );
        let error = copy(&["//:absent"]).unwrap_err();
        assert!(error.to_string().starts_with("//:absent: "), "{error}");
    }
}
