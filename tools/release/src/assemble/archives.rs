//! The program for each host, with its manual page and completions.

use std::env::consts::ARCH;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::archive::{self, Entry};
use crate::assets::{self, HOSTS};
use crate::rehearse::Rehearsal;
use crate::{digests, program};

use super::build::program_name;
use super::write;

/// A shell, and the path of its completions in an archive.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "completions/fastboop.bash"),
    ("fish", "completions/fastboop.fish"),
    ("zsh", "completions/_fastboop"),
];

/// Lets the program for this CPU print what it knows of its command line.
pub fn manuals(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let mut hosts = HOSTS.into_iter();
    let host = hosts
        .find(|host| host.starts_with(ARCH))
        .with_context(|| format!("no fastboop is built for {ARCH}; rehearse on another machine"))?;
    let fastboop = rehearsal.scratch("programs")?.join(program_name(host));
    let pages = rehearsal.scratch("man")?;
    program::run(Command::new(&fastboop).arg("man").arg(&pages))?;
    let name = assets::manual_archive(&rehearsal.version);
    let archive = archive::pack(manual(rehearsal)?, rehearsal.checkout.epoch)?;
    let mut outputs = vec![pages, write(rehearsal.assets().join(name), &archive)?];
    for (shell, _) in SHELLS {
        let text = program::output(Command::new(&fastboop).args(["completions", shell]))?;
        outputs.push(write(completions(rehearsal, shell), &text)?);
    }
    Ok(outputs)
}

/// The asset with the completions for `shell`.
fn completions(rehearsal: &Rehearsal, shell: &str) -> PathBuf {
    rehearsal.assets().join(format!("fastboop.{shell}"))
}

/// The manual pages.
fn manual(rehearsal: &Rehearsal) -> Result<Vec<Entry>> {
    let pages = digests::files(&rehearsal.scratch("man")?)?;
    pages
        .iter()
        .map(|page| {
            let name = page.file_name().unwrap_or_default().to_string_lossy();
            entry(page, format!("man/man1/{name}"), false)
        })
        .collect()
}

fn entry(from: &Path, path: String, executable: bool) -> Result<Entry> {
    let bytes = digests::read(from)?;
    Ok(Entry {
        path,
        bytes,
        executable,
    })
}

/// Packs the program for each host.
pub fn hosts(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    HOSTS
        .into_iter()
        .map(|host| pack(rehearsal, host))
        .collect()
}

fn pack(rehearsal: &Rehearsal, host: &str) -> Result<PathBuf> {
    let programs = rehearsal.scratch("programs")?;
    let fastboop = programs.join(program_name(host));
    let mut entries = manual(rehearsal)?;
    entries.push(entry(&fastboop, "fastboop".to_owned(), true)?);
    for (shell, path) in SHELLS {
        entries.push(entry(
            &completions(rehearsal, shell),
            path.to_owned(),
            false,
        )?);
    }
    for name in ["LICENSE", "README.md"] {
        entries.push(entry(
            &rehearsal.sources().join(name),
            name.to_owned(),
            false,
        )?);
    }
    for entry in &mut entries {
        entry.path = format!("fastboop-{}-{host}/{}", rehearsal.version, entry.path);
    }
    let name = assets::host_archive(&rehearsal.version, host);
    let bytes = archive::pack(entries, rehearsal.checkout.epoch)?;
    write(rehearsal.assets().join(name), &bytes)
}
