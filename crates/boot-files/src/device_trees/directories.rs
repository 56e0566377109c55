//! The directories in which distributions put device trees.

use std::path::{Path, PathBuf};

use file_system::join;

use crate::Error;
use crate::boot_menu::FoundEntry;
use crate::candidates::{Candidates, What};
use crate::choice::KernelFile;
use crate::device_trees::{DeviceTrees, has_suffix};
use crate::modules::ModulesDirectory;
use crate::source::{Location, Source};

/// Whose device trees a directory has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Those of one kernel release.
    Release,
    /// Those of the only kernel, whichever it is.
    Shared,
    /// The same, among other files: only files in the directory itself count.
    Files,
}

/// What the directories depend on.
pub(crate) struct Kernel<'a> {
    pub(crate) kernel: &'a KernelFile,
    pub(crate) modules: &'a ModulesDirectory,
    pub(crate) entry: Option<&'a FoundEntry>,
    /// The other releases in the image.
    pub(crate) other_releases: &'a [String],
    /// Whether other kernels in the image also have modules.
    pub(crate) has_rivals: bool,
}

/// Returns the device trees in the first directory that has any, and records the others.
pub(crate) fn directories(
    sources: &[Source],
    kernel: &Kernel,
    candidates: &mut Candidates,
) -> Result<DeviceTrees, Error> {
    let mut taken = DeviceTrees::default();
    let mut seen: Vec<Location> = Vec::new();
    for (index, path, scope) in kernel.paths(sources)? {
        let Some(source) = sources.get(index) else {
            continue;
        };
        let Some(path) = source.directory(&path)? else {
            continue;
        };
        let location = Location {
            source: index,
            path,
        };
        if seen.contains(&location) {
            continue;
        }
        seen.push(location.clone());
        let verdict = match &taken.directory {
            Some(first) => Err(format!("/{} comes first", first.path.display())),
            None => kernel.check(&location.path, scope),
        };
        let verdict = match verdict {
            Ok(()) => {
                let is_other = |name: &str| kernel.other_releases.iter().any(|other| other == name);
                let found = DeviceTrees::read(source, &location, scope != Scope::Files, &is_other)?;
                if found.is_empty() {
                    // Directories of boot partitions have other files too: not worth a line.
                    if scope == Scope::Files {
                        continue;
                    }
                    Err("it has no .dtb files".to_owned())
                } else {
                    taken = found;
                    Ok(())
                }
            }
            Err(_) if scope == Scope::Files => continue,
            Err(reason) => Err(reason),
        };
        match verdict {
            Ok(()) => candidates.take(What::DeviceTrees, index, &location.path),
            Err(reason) => candidates.reject(What::DeviceTrees, index, &location.path, reason),
        }
    }
    Ok(taken)
}

impl Kernel<'_> {
    /// Whether a directory, whose links are resolved, may be this kernel's.
    fn check(&self, path: &Path, scope: Scope) -> Result<(), String> {
        let other = self.other_releases.iter();
        if let Some(other) = other.into_iter().find(|other| has_suffix(path, other)) {
            return Err(format!("it belongs to {other}"));
        }
        let is_of_release = scope == Scope::Release || has_suffix(path, &self.kernel.release);
        if self.has_rivals && !is_of_release {
            return Err("it may belong to any of several kernels in the image".to_owned());
        }
        Ok(())
    }

    /// All directories in the order of the search.
    fn paths(&self, sources: &[Source]) -> Result<Vec<(usize, PathBuf, Scope)>, Error> {
        let release = &*self.kernel.release;
        // Of `vmlinuz-lts`, and of the release `6.6.30-0-lts`.
        let name = self.kernel.location.path.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let flavors = [name.split_once('-'), release.rsplit_once('-')];
        let flavors: Vec<&str> = flavors.into_iter().flatten().map(|pair| pair.1).collect();
        let mut paths = Vec::new();
        let modules = &self.modules.location;
        for name in ["dtb", "dtbs", "devicetree"] {
            paths.push((modules.source, modules.path.join(name), Scope::Release));
        }
        for index in self.order(sources.len()) {
            for path in release_paths(release, &flavors) {
                paths.push((index, join(Path::new(""), Path::new(&path)), Scope::Release));
            }
        }
        let kernel = &self.kernel.location;
        let beside = kernel.path.parent().unwrap_or(Path::new(""));
        if !["", "boot"].map(Path::new).contains(&beside) {
            for name in ["dtb", "dtbs", "devicetree"] {
                paths.push((kernel.source, beside.join(name), Scope::Release));
            }
        }
        if let Some(found) = self.entry {
            let directory = found.devicetree_directory.clone();
            paths.extend(directory.map(|path| (found.location.source, path, Scope::Shared)));
        }
        for index in self.order(sources.len()) {
            for path in ["boot/dtbs", "boot/dtb", "dtbs", "dtb"] {
                paths.push((index, path.into(), Scope::Shared));
            }
            let is_root = sources
                .get(index)
                .is_some_and(|source| source.is_root().unwrap_or(true));
            let files = if is_root { "boot" } else { "" };
            paths.push((index, files.into(), Scope::Files));
        }
        Ok(paths)
    }

    /// The file systems in the order of the search: first those of the modules and of the kernel.
    fn order(&self, count: usize) -> Vec<usize> {
        let mut order = vec![self.modules.location.source, self.kernel.location.source];
        order.extend(0..count);
        let mut seen = Vec::new();
        order.retain(|index| {
            let is_new = !seen.contains(index);
            seen.push(*index);
            is_new
        });
        order
    }
}

/// Directories whose names contain the release: Debian's, Ubuntu's, Fedora's; or only the flavor: Alpine's.
fn release_paths(release: &str, flavors: &[&str]) -> Vec<String> {
    let mut paths = vec![
        format!("usr/lib/linux-image-{release}"),
        format!("usr/lib/firmware/{release}/device-tree"),
        format!("lib/firmware/{release}/device-tree"),
    ];
    for parent in ["boot/", ""] {
        for name in ["dtb-", "dtbs-", "dtb/", "dtbs/"] {
            paths.push(format!("{parent}{name}{release}"));
        }
        paths.extend(
            flavors
                .iter()
                .map(|flavor| format!("{parent}dtbs-{flavor}")),
        );
    }
    paths
}
