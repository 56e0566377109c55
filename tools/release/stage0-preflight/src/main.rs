//! `stage0-preflight`: verifies stage0 artifacts before a release.
//!
//! It makes every check on every artifact; each check passes, fails, or is skipped with a reason. The
//! two targets that gate a release have to be present. The checks on an artifact's bytes are in
//! `stage0_artifact::checks`; this program finds the files, runs them and prints the report.
//! docs/preflight.md lists the checks and describes the JSON of `--format json`.

mod budget;
mod execute;
mod inputs;
mod isolate;
mod report;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use clap::{Parser, ValueEnum};
use stage0_artifact::Target;
use stage0_artifact::checks::Requirements;

use budget::Budget;
use execute::{Mode, Runner};
use inputs::Input;
use report::Report;

/// Check stage0 artifacts before a release.
///
/// Exit code: 0 if no check failed (warnings are allowed), 1 if one failed, 2 for a usage error.
#[derive(Debug, Parser)]
#[command(name = "stage0-preflight", version)]
struct Arguments {
    /// Fail unless there is an artifact for this target; can be repeated
    #[arg(
        long,
        value_name = "TARGET",
        default_values = ["aarch64-unknown-linux-musl", "x86_64-unknown-linux-musl"],
    )]
    require: Vec<Target>,
    /// The target of files whose names contain none
    #[arg(long, value_name = "TARGET")]
    target: Option<Target>,
    /// The format of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Whether to run each artifact with `--identify`, under qemu-user if it is for another CPU
    #[arg(long, value_enum, default_value_t = Mode::Auto)]
    run: Mode,
    /// The time limit for each run, in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=3600),
    )]
    timeout: u64,
    /// A TOML file with the maximum size of an artifact for each target, in bytes
    #[arg(long, value_name = "FILE")]
    budget: Option<PathBuf>,
    /// The version that each artifact has to have
    #[arg(long, value_name = "VERSION")]
    expect_version: Option<String>,
    /// Fail if an artifact contains this text, such as a user name; can be repeated
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    forbid: Vec<String>,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
    /// Artifacts, or directories that contain files named fastboop-stage0-<target>
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// The format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line per check
    Text,
    /// One JSON object, as described in docs/preflight.md
    Json,
    /// Text, an annotation for each failed check, and a table in $GITHUB_STEP_SUMMARY
    Github,
}

fn main() -> ExitCode {
    isolate::become_program().unwrap_or_else(|| cli_main::run(run))
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let budget = arguments.budget.as_deref().map(Budget::read).transpose()?;
    let runner = Runner {
        mode: arguments.run,
        timeout: Duration::from_secs(arguments.timeout),
    };
    let inputs = inputs::find(&arguments.paths, arguments.target)?;
    let requirements = |target| Requirements {
        version: arguments.expect_version.clone(),
        budget: budget.as_ref().map(|budget| budget.limit(target)),
        forbidden: arguments.forbid.clone(),
    };
    let missing = arguments
        .require
        .iter()
        .filter(|target| !inputs.artifacts.iter().any(|input| input.is_for(**target)))
        .map(|target| Report::missing(*target));
    let artifacts = inputs
        .artifacts
        .iter()
        .map(|input| inspect(input, &requirements, &runner))
        .chain(missing)
        .collect();
    let result = report::Result {
        artifacts,
        skipped_files: inputs.skipped,
        strict: arguments.strict,
    };
    show(&result, arguments.format).map_err(|error| anyhow!("cannot write the report: {error}"))?;
    Ok(cli_main::verdict(result.passed()))
}

fn inspect(
    input: &Input,
    requirements: &dyn Fn(Target) -> Requirements,
    runner: &Runner,
) -> Report {
    match &input.target {
        Err(reason) => Report::without_target(&input.path, reason),
        Ok(target) => Report::create(&input.path, *target, &requirements(*target), runner),
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
