//! The steps `manuals` and `archives`: the program for each host, with manual pages and completions.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::context::{Context, write};
use crate::archive::{self, Entry};
use crate::assets::{self, HOSTS, Host};
use crate::{digests, program};

/// Each shell, with the path of its completions in an archive.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "completions/fastboop.bash"),
    ("fish", "completions/fastboop.fish"),
    ("zsh", "completions/_fastboop"),
];

/// Runs the program for this machine to get its manual pages and completions, and writes the assets.
pub fn write_manuals(context: &Context) -> Result<()> {
    let fastboop = context.dir.join("programs").join(context.host.program());
    let pages = context.dir.create("man")?;
    program::run(Command::new(&fastboop).arg("man").arg(pages))?;
    let archive = archive::pack(read_manual(context)?, context.checkout.epoch)?;
    let name = assets::manual_archive(&context.version);
    write(&context.dir.asset(&name), &archive)?;
    for (shell, _) in SHELLS {
        let text = program::output(Command::new(&fastboop).args(["completions", shell]))?;
        write(&context.dir.asset(&completions_name(shell)), &text)?;
    }
    Ok(())
}

/// The name of the asset with the completions for `shell`.
fn completions_name(shell: &str) -> String {
    format!("fastboop.{shell}")
}

/// Reads the manual pages.
fn read_manual(context: &Context) -> Result<Vec<Entry>> {
    let pages = digests::list_files(&context.dir.join("man"))?.into_iter();
    let entries = pages.map(|page| {
        let name = page.file_name().unwrap_or_default().to_string_lossy();
        read_entry(&page, format!("man/man1/{name}"), false)
    });
    entries.collect()
}

fn read_entry(from: &Path, path: String, executable: bool) -> Result<Entry> {
    let bytes = digests::read(from)?;
    Ok(Entry {
        path,
        bytes,
        executable,
    })
}

/// Writes the archive of each host.
pub fn write_archives(context: &Context) -> Result<()> {
    HOSTS
        .iter()
        .try_for_each(|host| write_archive(context, host))
}

fn write_archive(context: &Context, host: &Host) -> Result<()> {
    let Context { version, dir, .. } = context;
    let mut entries = read_manual(context)?;
    let fastboop = dir.join("programs").join(host.program());
    entries.push(read_entry(&fastboop, "fastboop".to_owned(), true)?);
    for (shell, path) in SHELLS {
        entries.push(read_entry(
            &dir.asset(&completions_name(shell)),
            path.to_owned(),
            false,
        )?);
    }
    for name in ["LICENSE", "README.md"] {
        entries.push(read_entry(
            &dir.sources(version).join(name),
            name.to_owned(),
            false,
        )?);
    }
    for entry in &mut entries {
        entry.path = format!("fastboop-{version}-{}/{}", host.triple, entry.path);
    }
    let archive = archive::pack(entries, context.checkout.epoch)?;
    write(&dir.asset(&host.archive(version)), &archive)
}
