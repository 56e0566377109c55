//! The context of all commands: checkouts, and builds in them.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use clean_build::{BuildDir, BuildEnv, BuildLogs};

use crate::process::POLL_INTERVAL;

pub const TARGET: &str = "//:fastboop-cli";

/// The output of `TARGET`.
pub const ARTIFACT: &str = "bazel-bin/fastboop";

/// The first checkout of a command, whose downloads the others copy.
pub const FIRST: &str = "first";

/// The time limit of one build: several times the duration of the slowest one on two busy cores.
const BUILD_DEADLINE: Duration = Duration::from_secs(40 * 60);

pub struct Context {
    pub source: PathBuf,
    pub work: PathBuf,
    /// The downloads of an earlier build: a `--repository_cache`.
    pub downloads: Option<PathBuf>,
}

impl Context {
    /// Creates a checkout at `name` in the working directory, with these lines in its user.bazelrc.
    pub fn checkout(&self, name: &str, env: BuildEnv, bazelrc: &str) -> Result<BuildDir> {
        let first = self.work.join(FIRST).join("downloads");
        // Other users may not be able to read the directory of --downloads.
        let downloads = if first.exists() {
            Some(first.as_path())
        } else {
            self.downloads.as_deref()
        };
        let directory = self.work.join(name);
        let build_dir = BuildDir::new(&directory, &self.source, env, downloads)?;
        build_dir.append("user.bazelrc", &format!("{bazelrc}\n"))?;
        Ok(build_dir)
    }
}

/// Builds while `watch` is called every `POLL_INTERVAL`. An error of `watch` is returned at once; the build then ends with the check.
pub fn build(
    build_dir: BuildDir,
    name: &str,
    arguments: &[&str],
    mut watch: impl FnMut() -> Result<()>,
) -> Result<(BuildDir, BuildLogs)> {
    let started = Instant::now();
    let thread = thread::spawn({
        let name = name.to_owned();
        let arguments = arguments.iter().map(ToString::to_string);
        let arguments = arguments.collect::<Vec<_>>();
        move || {
            let arguments = arguments.iter().map(String::as_str).collect::<Vec<_>>();
            let build = build_dir.bazel_build(&name, &arguments);
            (build_dir, build)
        }
    });
    while !thread.is_finished() {
        watch()?;
        ensure!(
            started.elapsed() < BUILD_DEADLINE,
            "build `{name}`: did not end within {} s",
            BUILD_DEADLINE.as_secs()
        );
        thread::sleep(POLL_INTERVAL);
    }
    // Once more, because a server that ended explains why the build failed.
    watch()?;
    let joined = thread.join();
    let (build_dir, build) = joined.map_err(|_| anyhow!("build `{name}`: panicked"))?;
    Ok((build_dir, build?))
}
