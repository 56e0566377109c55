//! Finds files that may be kernels.

use std::path::{Path, PathBuf};

use file_system::FileType;

use crate::Error;
use crate::boot_menu::FoundEntry;
use crate::modules::ModulesDirectory;
use crate::source::{Location, Source};

/// How deep below `/boot` or the root of a boot partition kernels are searched: OSTree has
/// `/boot/ostree/<os>-<digest>/vmlinuz-<release>`.
const MAX_DEPTH: usize = 3;
/// The maximum number of directories that are searched in a file system.
const MAX_DIRECTORIES: usize = 64;
/// The maximum number of files that are looked at.
const MAX_KERNELS: usize = 64;
/// How the names of kernels begin.
const NAMES: [&str; 5] = ["vmlinuz", "Image", "zImage", "bzImage", "kernel-"];
/// How names end that begin like a kernel's, but are not the kernel to boot.
const OTHER_NAMES: [&str; 7] = [".old", ".bak", ".sig", ".hmac", ".dtb", ".img", ".txt"];
/// How the names of kernels may end after the release.
const SUFFIXES: [&str; 6] = [".gz", ".xz", ".zst", ".lz4", ".bz2", ".efi"];

/// Returns the files that may be kernels, in the order of the search: from module directories, boot entries,
/// and by name. Each file is listed once.
pub(crate) fn find(
    sources: &[Source],
    modules: &[ModulesDirectory],
    entries: &[FoundEntry],
) -> Result<Vec<Location>, Error> {
    let mut found = Vec::new();
    for directory in modules {
        let source = directory.location.source;
        for path in directory.kernels() {
            if let Some(file) = resolve(sources, source, &path)? {
                add(&mut found, file);
            }
        }
    }
    for entry in entries {
        if let Some(path) = entry.kernel.clone() {
            let source = entry.location.source;
            add(&mut found, Location { source, path });
        }
    }
    for (index, source) in sources.iter().enumerate() {
        if source.is_root()? {
            search(source, index, Path::new("boot"), MAX_DEPTH, &mut found)?;
            search(source, index, Path::new(""), 0, &mut found)?;
        } else {
            search(source, index, Path::new(""), MAX_DEPTH, &mut found)?;
        }
    }
    Ok(found)
}

fn resolve(sources: &[Source], index: usize, path: &Path) -> Result<Option<Location>, Error> {
    let Some(source) = sources.get(index) else {
        return Ok(None);
    };
    let path = source.file(path)?;
    Ok(path.map(|path| Location {
        source: index,
        path,
    }))
}

fn add(found: &mut Vec<Location>, file: Location) {
    if found.len() < MAX_KERNELS && !found.contains(&file) {
        found.push(file);
    }
}

/// Searches a directory and those at most `depth` below it.
fn search(
    source: &Source,
    index: usize,
    directory: &Path,
    depth: usize,
    found: &mut Vec<Location>,
) -> Result<(), Error> {
    let mut level: Vec<PathBuf> = vec![directory.to_owned()];
    let mut left = MAX_DIRECTORIES;
    for below in (0..=depth).rev() {
        let mut next = Vec::new();
        for directory in level.iter().take(left) {
            for (entry, path) in source.list(directory, is_kernel_name)? {
                match entry.file_type {
                    // Directories with device trees are many.
                    FileType::Directory if entry.name.as_encoded_bytes().starts_with(b"dtb") => {}
                    FileType::Directory if below > 0 => next.push(path),
                    FileType::Regular => add(
                        found,
                        Location {
                            source: index,
                            path,
                        },
                    ),
                    _ => {}
                }
            }
        }
        left = left.saturating_sub(level.len());
        level = next;
    }
    Ok(())
}

fn is_kernel_name(name: &str) -> bool {
    let is_kernel =
        name == "linux" || name == "linux.efi" || NAMES.iter().any(|start| name.starts_with(start));
    is_kernel && !OTHER_NAMES.iter().any(|end| name.ends_with(end))
}

/// Returns the release in the path of a kernel: in its name, as in `vmlinuz-<release>`, or that of its
/// directory, as in `/usr/lib/modules/<release>/vmlinuz`. What is neither a release with modules nor begins
/// with a digit may be anything, such as the `lts` of `vmlinuz-lts`.
pub(crate) fn release_in_path(path: &Path, has_modules: impl Fn(&str) -> bool) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    if let Some((_, release)) = name.split_once('-') {
        let without_suffix = SUFFIXES
            .iter()
            .find_map(|suffix| release.strip_suffix(suffix));
        let release = without_suffix.unwrap_or(release);
        if has_modules(release) || release.starts_with(|first: char| first.is_ascii_digit()) {
            return Some(release.to_owned());
        }
    }
    let directory = path.parent()?.file_name()?.to_string_lossy();
    has_modules(&directory).then(|| directory.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_releases_in_paths() {
        for (path, release) in [
            ("boot/vmlinuz-6.1.0-57-arm64", Some("6.1.0-57-arm64")),
            ("boot/Image-6.1.gz", Some("6.1")),
            ("boot/vmlinuz-custom", Some("custom")),
            ("boot/vmlinuz-lts", None),
            ("boot/Image", None),
            ("usr/lib/modules/custom/vmlinuz", Some("custom")),
            ("usr/lib/modules/other/vmlinuz", None),
            ("", None),
        ] {
            let found = release_in_path(Path::new(path), |release| release == "custom");
            assert_eq!(found.as_deref(), release, "{path}");
        }
    }

    #[test]
    fn knows_the_names_of_kernels() {
        for name in ["vmlinuz", "Image.gz", "linux", "vmlinuz-6.1", "kernel-6.1"] {
            assert!(is_kernel_name(name), "{name}");
        }
        for name in [
            "vmlinuz.old",
            ".vmlinuz-6.1.hmac",
            "kernel",
            "System.map-6.1",
            "linux-firmware",
        ] {
            assert!(!is_kernel_name(name), "{name}");
        }
    }
}
