//! Finds the entries of the boot menu.

use std::path::{Path, PathBuf};

use file_system::{FileType, join};

use crate::candidates::{Candidates, What};
use crate::source::{Location, Source};
use crate::uki::Uki;
use crate::{BootEntry, Error};

/// Where boot partitions are mounted in the root file system, and the root of a boot partition itself.
const PREFIXES: [&str; 4] = ["", "boot", "boot/efi", "efi"];
/// The maximum number of entries that are read.
const MAX_ENTRIES: usize = 256;

/// An entry of the boot menu and its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEntry {
    /// The file of the entry: the configuration, or the unified kernel image.
    pub location: Location,
    /// What the file contains.
    pub entry: BootEntry,
    /// The path of the kernel, in the same file system; `None` if it is missing.
    pub kernel: Option<PathBuf>,
    /// The path of the device tree, in the same file system.
    pub devicetree: Option<PathBuf>,
    /// The directory with device trees, in the same file system.
    pub devicetree_directory: Option<PathBuf>,
}

/// Returns the entries of all file systems, sorted as in a menu.
pub(crate) fn find(
    sources: &[Source],
    candidates: &mut Candidates,
) -> Result<Vec<FoundEntry>, Error> {
    let mut entries: Vec<FoundEntry> = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        for prefix in PREFIXES.map(Path::new) {
            let configurations = source.list(&prefix.join("loader/entries"), |name| {
                name.ends_with(".conf")
            })?;
            let images = source.list(&prefix.join("EFI/Linux"), |name| name.ends_with(".efi"))?;
            for (file, path) in configurations.into_iter().chain(images) {
                let location = Location {
                    source: index,
                    path,
                };
                let name = file.name.to_string_lossy();
                let is_known = entries.iter().any(|other| other.location == location);
                let is_full = entries.len() >= MAX_ENTRIES;
                if is_known || is_full || file.file_type != FileType::Regular {
                    continue;
                }
                match read(source, prefix, &name, &location) {
                    Ok(Some(entry)) => entries.push(entry),
                    Ok(None) => {}
                    Err(error) => {
                        candidates.reject(What::BootEntry, index, &location.path, error);
                    }
                }
            }
        }
    }
    entries.sort_by(|one, other| one.entry.compare(&other.entry));
    Ok(entries)
}

/// Reads an entry; `None` for an EFI program that is not a unified kernel image.
fn read(
    source: &Source,
    prefix: &Path,
    name: &str,
    location: &Location,
) -> Result<Option<FoundEntry>, Error> {
    if name.ends_with(".efi") {
        return read_uki(source, name, location);
    }
    let text = source.text(&location.path)?.unwrap_or_default();
    let entry = BootEntry::parse(name, &text);
    // Paths start at the root of the boot partition. Where that is part of the root file system, some
    // programs write them from its root.
    let find = |path: &Option<String>, file_type| {
        let Some(path) = path.as_deref().map(Path::new) else {
            return Ok(None);
        };
        match source.resolve(&join(prefix, path), file_type)? {
            Some(path) => Ok(Some(path)),
            None => source.resolve(&join(Path::new(""), path), file_type),
        }
    };
    Ok(Some(FoundEntry {
        location: location.clone(),
        kernel: find(&entry.linux, FileType::Regular)?,
        devicetree: find(&entry.devicetree, FileType::Regular)?,
        devicetree_directory: find(&entry.devicetree_directory, FileType::Directory)?,
        entry,
    }))
}

fn read_uki(source: &Source, name: &str, location: &Location) -> Result<Option<FoundEntry>, Error> {
    let file = source.open(&location.path)?;
    let Some(uki) = Uki::read(&*file)? else {
        return Ok(None);
    };
    let os_release = uki.text(&*file, ".osrel")?;
    let options = uki.text(&*file, ".cmdline")?;
    let release = uki.release(&*file)?;
    Ok(Some(FoundEntry {
        location: location.clone(),
        entry: BootEntry::from_uki(name, os_release.as_deref(), options, release),
        kernel: Some(location.path.clone()),
        devicetree: None,
        devicetree_directory: None,
    }))
}
