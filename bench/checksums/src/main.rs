//! Measures `stage0-checksums` against coreutils' `sha256sum` and `openssl dgst`, on the same files
//! in one run, and prints a Markdown table.
//!
//! ```sh
//! cargo build --release -p stage0-checksums
//! cargo run --release -p bench-checksums -- target/release/stage0-checksums
//! ```

mod measure;
mod table;

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use measure::{Program, Run};

/// Measure stage0-checksums against sha256sum and openssl; print a Markdown table.
///
/// The files (1 GiB at a time) are made in TMPDIR and deleted afterwards. Peak memory is measured
/// by GNU time.
#[derive(Parser)]
#[command(name = "bench-checksums", version)]
struct Arguments {
    /// A release build of stage0-checksums
    #[arg(value_name = "TOOL")]
    tool: PathBuf,
    /// How often each program runs; they take turns
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let tool = fs::canonicalize(&arguments.tool)
        .map_err(|error| format!("{}: {error}", arguments.tool.display()))?;
    println!("{}", table::HEADER);
    compare("1 of 1 GiB", 1, 1 << 30, &tool, arguments.runs)?;
    compare("2,000 of 64 KiB", 2000, 1 << 16, &tool, arguments.runs)
}

/// Runs all programs on `count` files of `size` bytes, and prints their rows.
fn compare(
    title: &str,
    count: u32,
    size: u64,
    tool: &Path,
    runs: u32,
) -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let files = scratch.path().join("files");
    let list = scratch.path().join("SHA256SUMS");
    fs::create_dir(&files)?;
    let names = (0..count)
        .map(|index| format!("{index:04}"))
        .collect::<Vec<_>>();
    for name in &names {
        let mut random = File::open("/dev/urandom")?.take(size);
        io::copy(&mut random, &mut File::create(files.join(name))?)?;
    }

    let generate = ["generate", ".", "-o"].map(Into::into).into_iter();
    let with_names = |options: &[&str]| {
        let options = options.iter().map(|option| (*option).into());
        options.chain(names.iter().map(Into::into)).collect()
    };
    let programs = [
        Program::new(
            "stage0-checksums",
            tool,
            generate.chain([list.clone().into()]).collect(),
        ),
        Program::new("sha256sum", "sha256sum", with_names(&[])),
        Program::new("openssl dgst", "openssl", with_names(&["dgst", "-sha256"])),
    ];

    // Once for everybody, so that the files are in the page cache. The first two must agree.
    let mut outputs = Vec::new();
    for program in &programs {
        outputs.push(program.run(&files, scratch.path())?.output);
    }
    if fs::read(&list)? != outputs[1] {
        return Err("stage0-checksums and sha256sum do not say the same".into());
    }

    let mut taken = programs
        .iter()
        .map(|_| Vec::new())
        .collect::<Vec<Vec<Run>>>();
    for _ in 0..runs {
        for (program, taken) in programs.iter().zip(&mut taken) {
            taken.push(program.run(&files, scratch.path())?);
        }
    }
    for (program, runs) in programs.iter().zip(&taken) {
        println!("{}", table::row(title, program.name, runs, &taken[0]));
    }
    Ok(())
}
