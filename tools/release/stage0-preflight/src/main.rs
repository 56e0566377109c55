//! `stage0-preflight`: the gate before a release of stage0.
//!
//! No artifact may be released that is not what its name says. Every check is made on every
//! artifact, each comes out as passed, failed or skipped with a reason, and the two targets that
//! gate a release have to be there. The checks are in `stage0_artifact::checks`; here is what they
//! need besides bytes (which files, running them) and how the result is shown. docs/preflight.md
//! lists the checks and the JSON that `--format json` prints.

mod budget;
mod execute;
mod inputs;
mod report;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use clap::{Parser, ValueEnum};
use stage0_artifact::Target;
use stage0_artifact::checks::Wanted;

use budget::Budget;
use execute::{Mode, Runner};
use inputs::Input;
use report::Report;

/// Check stage0 artifacts before a release.
///
/// Exit code 0: all hold (warnings aside). 1: something failed. 2: usage.
#[derive(Debug, Parser)]
#[command(name = "stage0-preflight", version)]
struct Arguments {
    /// A target that has to be there
    #[arg(
        long,
        value_name = "TARGET",
        default_values = ["aarch64-unknown-linux-musl", "x86_64-unknown-linux-musl"],
    )]
    require: Vec<Target>,
    /// What files are for whose names do not tell
    #[arg(long, value_name = "TARGET")]
    target: Option<Target>,
    /// How to show what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Whether to run the artifacts (`--identify`), under qemu-user where they are for another CPU:
    /// where it is possible, on pain of failure, or not at all
    #[arg(long, value_enum, default_value_t = Mode::Auto)]
    run: Mode,
    /// How many seconds a run may take
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=3600),
    )]
    timeout: u64,
    /// The sizes that artifacts may have; a TOML file with a number of bytes for each target
    #[arg(long, value_name = "FILE")]
    budget: Option<PathBuf>,
    /// The version that artifacts have to have
    #[arg(long, value_name = "VERSION")]
    expect_version: Option<String>,
    /// A text that must be in no artifact, such as a user's name
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    forbid: Vec<String>,
    /// Warnings fail too
    #[arg(long)]
    strict: bool,
    /// Artifacts, or directories in which every file named fastboop-stage0-<target> is one
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// How to show what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, one line a check
    Text,
    /// For programs; docs/preflight.md has the schema
    Json,
    /// Text, annotations for each failed check, and a table in $GITHUB_STEP_SUMMARY
    Github,
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let budget = arguments.budget.as_deref().map(Budget::read).transpose()?;
    let runner = Runner {
        mode: arguments.run,
        limit: Duration::from_secs(arguments.timeout),
    };
    let found = inputs::find(&arguments.paths, arguments.target)?;
    let wanted = |target| Wanted {
        version: arguments.expect_version.clone(),
        budget: budget.as_ref().map(|budget| budget.of(target)),
        forbidden: arguments.forbid.clone(),
    };
    let missing = arguments
        .require
        .iter()
        .filter(|target| !found.inputs.iter().any(|input| input.is_for(**target)))
        .map(|target| Report::missing(*target));
    let artifacts = found
        .inputs
        .iter()
        .map(|input| inspect(input, &wanted, &runner))
        .chain(missing)
        .collect();
    let result = report::Result {
        artifacts,
        passed_over: found.passed_over,
        strict: arguments.strict,
    };
    show(&result, arguments.format)
        .map_err(|error| anyhow!("cannot write the report: {error}; check where it goes"))?;
    Ok(cli_main::verdict(result.passed()))
}

fn inspect(input: &Input, wanted: &dyn Fn(Target) -> Wanted, runner: &Runner) -> Report {
    match &input.target {
        Err(reason) => Report::unnamed(&input.path, reason),
        Ok(target) => Report::of(&input.path, *target, &wanted(*target), runner),
    }
}

fn show(result: &report::Result, format: Format) -> io::Result<()> {
    let mut out = io::BufWriter::new(cli_main::Stdout::new());
    match format {
        Format::Text => report::text(&mut out, result)?,
        Format::Json => report::json(&mut out, result)?,
        Format::Github => {
            report::text(&mut out, result)?;
            report::annotations(&mut out, result)?;
            if let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY") {
                report::append_summary(path.as_ref(), result)?;
            }
        }
    }
    out.flush()
}
