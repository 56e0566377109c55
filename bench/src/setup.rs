//! Measures what a newcomer waits for: the commands of the README on a machine without a Debian root. It requires an otherwise idle machine.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The checkout whose commit is built
    #[arg(long, default_value = ".")]
    source: PathBuf,
    /// The directory to work in: some 8 GB, deleted at the end. Not a tmpfs, which cannot hold the root
    #[arg(long, default_value = "/var/tmp")]
    work: PathBuf,
    /// Leave out the tests and the part of the root that only they need
    #[arg(long)]
    build_only: bool,
}

/// What is measured, with its command.
const BUILD: [(&str, &[&str]); 2] = [
    (
        "set-up, what a build needs",
        &["tools/debian/make-root", "config"],
    ),
    ("first build", &["tools/bazel", "build", "//:fastboop-cli"]),
];
const TEST: [(&str, &[&str]); 2] = [
    ("set-up, the rest", &["tools/debian/make-root"]),
    ("first test run", &["tools/bazel", "test", "//..."]),
];

/// Prints a Markdown table.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let work = tempfile::Builder::new()
        .prefix("bench-setup.")
        .tempdir_in(&arguments.work)
        .with_context(|| format!("{}", arguments.work.display()))?;
    let (checkout, cache) = (work.path().join("checkout"), work.path().join("cache"));
    let mut clone = Command::new("git");
    clone.args(["clone", "--quiet"]).arg(&arguments.source);
    execute(clone.arg(&checkout))?;
    let result = measure(&checkout, &cache, arguments.build_only);
    // Otherwise the server would keep the deleted root mounted.
    execute(&mut command(
        &checkout,
        &cache,
        &["tools/bazel", "shutdown"],
    ))?;
    // Files of a root that an ordinary user made belong to other ids.
    execute(&mut command(
        &checkout,
        &cache,
        &["tools/debian/prune", "--all"],
    ))?;
    result
}

fn measure(checkout: &Path, cache: &Path, build_only: bool) -> anyhow::Result<()> {
    cli_main::print("| what | seconds | MB on disk afterwards |\n|---|--:|--:|\n")?;
    let cases = BUILD.iter().chain(TEST.iter().filter(|_| !build_only));
    for (name, words) in cases {
        let started = Instant::now();
        execute(&mut command(checkout, cache, words))?;
        let seconds = started.elapsed().as_secs_f64();
        let megabytes =
            disk_usage(cache).with_context(|| format!("{}", cache.display()))? / 1_000_000;
        cli_main::print(format!(
            "| {name}: `{}` | {seconds:.0} | {megabytes} |\n",
            words.join(" ")
        ))?;
    }
    Ok(())
}

fn command(checkout: &Path, cache: &Path, words: &[&str]) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"true", &[]));
    let mut command = Command::new(checkout.join(program));
    command
        .args(arguments)
        .current_dir(checkout)
        .env("XDG_CACHE_HOME", cache)
        .env("FASTBOOP_BUILD_ENV", "debian");
    command
}

/// Runs the command with its standard output discarded: that is for the table.
fn execute(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().to_owned();
    let status = command
        .stdout(std::process::Stdio::null())
        .status()
        .with_context(|| format!("{}: cannot start", Path::new(&program).display()))?;
    ensure!(
        status.success(),
        "{}: {status}",
        Path::new(&program).display()
    );
    Ok(())
}

/// The bytes that a directory with its entries takes on the disk. What cannot be read does not count.
fn disk_usage(path: &Path) -> io::Result<u64> {
    let metadata = fs::symlink_metadata(path)?;
    let mut bytes = metadata.blocks() * 512;
    if metadata.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten() {
            bytes += disk_usage(&entry?.path())?;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disk_usage_includes_entries_of_directories() {
        let dir = tempfile::tempdir().unwrap();
        let before = disk_usage(dir.path()).unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        fs::write(dir.path().join("a/b"), [1; 100_000]).unwrap();
        assert!(disk_usage(dir.path()).unwrap() >= before + 100_000);
    }

    #[test]
    fn reports_a_command_that_fails() {
        let error = execute(&mut Command::new("false")).unwrap_err();
        assert_eq!(error.to_string(), "false: exit status: 1");
    }
}
