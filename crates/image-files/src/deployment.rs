//! Chooses an OSTree deployment.

use std::path::{Path, PathBuf};

use boot_files::BootEntry;
use file_system::{FileSystem, read, resolve};
use root_files::Deployment;

use crate::{Error, ImageFiles, Volume};

/// Where the entries of the boot menu are: on a boot partition, and in the root.
const ENTRIES: [&str; 2] = ["loader/entries", "boot/loader/entries"];
/// The largest entry in bytes, and the largest number of entries, that are read.
const MAX_ENTRY: u64 = 64 << 10;
const MAX_ENTRIES: usize = 256;

/// Returns the deployment whose checksum begins with `wanted`; without it, the one that is booted by default,
/// or the only one. `None` if there are none.
pub(crate) fn choose(
    files: &ImageFiles,
    root: &Volume,
    deployments: &[Deployment],
    wanted: Option<&str>,
) -> Result<Option<Deployment>, Error> {
    if let Some(wanted) = wanted {
        let is_wanted = |found: &&Deployment| found.checksum.starts_with(wanted);
        let found: Vec<&Deployment> = deployments.iter().filter(is_wanted).collect();
        return match found.as_slice() {
            [only] => Ok(Some((*only).clone())),
            [] => Err(Error::NoDeployment(wanted.to_owned(), names(deployments))),
            _ => Err(Error::SeveralDeployments(names(deployments))),
        };
    }
    if let Some(default) = booted(files, root).filter(|found| deployments.contains(found)) {
        return Ok(Some(default));
    }
    match deployments {
        [] => Ok(None),
        [only] => Ok(Some(only.clone())),
        _ => Err(Error::SeveralDeployments(names(deployments))),
    }
}

/// Returns the deployment of the first entry of the boot menu.
fn booted(files: &ImageFiles, root: &Volume) -> Option<Deployment> {
    let mut entries: Vec<BootEntry> = files
        .volumes
        .iter()
        .flat_map(|volume| entries(&*volume.fs))
        .collect();
    entries.sort_by(BootEntry::compare);
    entries.iter().find_map(|entry| {
        let link = ostree_argument(entry)?;
        let path = resolve(&*root.fs, Path::new(link)).ok()?;
        Deployment::from_path(&path)
    })
}

/// The value of `ostree=` on the kernel command line: a link such as `/ostree/boot.1/<os>/<checksum>/0`.
fn ostree_argument(entry: &BootEntry) -> Option<&str> {
    let options = entry.options.as_deref()?;
    options
        .split_whitespace()
        .find_map(|word| word.strip_prefix("ostree="))
}

/// Entries that cannot be read are not a reason to fail: the boot menu does not show them either.
fn entries(fs: &dyn FileSystem) -> Vec<BootEntry> {
    let directories = ENTRIES
        .iter()
        .filter_map(|path| resolve(fs, Path::new(path)).ok());
    let paths = directories.flat_map(|directory| {
        let entries = fs.read_dir(&directory).unwrap_or_default();
        entries
            .into_iter()
            .map(move |entry| directory.join(entry.name))
            .collect::<Vec<PathBuf>>()
    });
    let parse = |path: PathBuf| {
        let name = path
            .file_name()?
            .to_str()
            .filter(|name| name.ends_with(".conf"))?;
        let text = read(fs, &path, MAX_ENTRY).ok()?;
        Some(BootEntry::parse(name, &String::from_utf8_lossy(&text)))
    };
    paths.take(MAX_ENTRIES).filter_map(parse).collect()
}

fn names(deployments: &[Deployment]) -> String {
    let names: Vec<String> = deployments.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}
