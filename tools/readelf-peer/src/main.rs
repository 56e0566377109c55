//! `readelf-peer`: compares stage0-preflight's verdict "static or not" with readelf's, for every
//! ELF file below some directories, and prints how many there were.

mod elf_files;
mod preflight;
mod readelf;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Compare stage0-preflight's verdict "static or not" with readelf's.
///
/// Fails where the two differ, and where there was too little to compare: fewer than 200 programs,
/// than 10 static or 10 dynamic ones, or than 3 machines.
#[derive(Parser)]
#[command(name = "readelf-peer", version)]
struct Arguments {
    /// The stage0-preflight to test
    #[arg(value_name = "STAGE0_PREFLIGHT")]
    tool: PathBuf,
    /// Where to look for ELF files
    #[arg(value_name = "DIRECTORY", required = true)]
    directories: Vec<PathBuf>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// It asks for no loader and no library.
    Static,
    /// It asks for one.
    Dynamic,
    /// An object file, a core: nothing to start or load.
    NoProgram,
}

fn main() -> ExitCode {
    match compare(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn compare(arguments: &Arguments) -> Result<(), String> {
    let paths = elf_files::below(&arguments.directories)?;
    let ours = preflight::verdicts(&arguments.tool, &paths)?;
    let mut verdicts = BTreeMap::<Verdict, usize>::new();
    let mut machines = BTreeMap::<String, usize>::new();
    let mut differences = 0;
    for path in &paths {
        let (machine, theirs) = readelf::verdict(path)?;
        *verdicts.entry(theirs).or_default() += 1;
        *machines.entry(machine).or_default() += 1;
        let our = ours.get(path);
        if our != Some(&Ok(theirs)) {
            differences += 1;
            let path = path.display();
            println!("{path}: readelf says {theirs:?}, stage0-preflight {our:?}");
        }
    }
    println!("{} ELF files: {verdicts:?}", paths.len());
    println!("machines: {machines:?}");
    println!("different verdicts: {differences}");

    let count = |verdict| verdicts.get(&verdict).copied().unwrap_or_default();
    let (fixed, dynamic) = (count(Verdict::Static), count(Verdict::Dynamic));
    if differences > 0 {
        return Err(format!("{differences} verdicts differ, see above"));
    }
    if fixed + dynamic < 200 || fixed.min(dynamic) < 10 || machines.len() < 3 {
        return Err("too little to compare; name more directories".to_owned());
    }
    Ok(())
}
