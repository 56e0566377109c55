//! The ELF files below some directories.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// stage0-preflight reads no larger file.
const LARGEST: u64 = 64 << 20;

/// Each ELF file once, whatever leads to it. Leaves out those with the name of a stage0 artifact:
/// stage0-preflight would hold them to their names.
pub fn below(directories: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut todo = directories.to_vec();
    while let Some(directory) = todo.pop() {
        let error = |error| format!("{}: {error}", directory.display());
        let mut entries = fs::read_dir(&directory)
            .and_then(|entries| {
                entries
                    .map(|entry| Ok(entry?.path()))
                    .collect::<Result<Vec<_>, _>>()
            })
            .map_err(error)?;
        entries.sort();
        for path in entries {
            let status = fs::symlink_metadata(&path).map_err(error)?;
            if status.is_dir() {
                todo.push(path);
            } else if status.is_file()
                && status.len() <= LARGEST
                && !is_artifact(&path)
                && is_elf(&path)
                && seen.insert((status.dev(), status.ino()))
            {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn is_artifact(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b"fastboop-stage0-")
}

fn is_elf(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *b"\x7fELF"
}
