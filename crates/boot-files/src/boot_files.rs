//! The search itself.

use std::cell::Cell;
use std::path::Path;

use file_system::ReadAt;

use crate::boot_menu::{self, FoundEntry};
use crate::candidates::{Candidates, What};
use crate::choice::{Choice, KernelFile, MAX_READ};
use crate::device_info::DeviceInfo;
use crate::device_trees::{self, DeviceTrees, Dtb};
use crate::firmware::{Firmware, FirmwareFile};
use crate::kernel::Kernel;
use crate::modules::{ModulesDirectory, modules_directories};
use crate::source::{Location, Source};
use crate::{Error, kernel_files, os_release};

/// What the user requests.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The kernel's release as `uname -r` prints it; the newest one if `None`.
    pub kernel_release: Option<String>,
}

/// A kernel with its modules, device trees and firmware. Nothing in it belongs to another release.
pub struct BootFiles<'a> {
    sources: &'a [Source<'a>],
    /// The kernel; its release is that of everything.
    pub kernel: KernelFile,
    /// The modules.
    pub modules: ModulesDirectory,
    /// The device trees.
    pub device_trees: DeviceTrees,
    /// The directories with firmware.
    pub firmware: Firmware,
    /// The first entry of the boot menu with this release.
    pub entry: Option<FoundEntry>,
    /// postmarketOS's description of the device.
    pub device_info: Option<DeviceInfo>,
    /// The name of the operating system.
    pub os_name: Option<String>,
    /// What was considered, and why each was taken or not.
    pub candidates: Candidates,
}

impl<'a> BootFiles<'a> {
    /// Finds what to boot in the file systems of an image, in their order.
    ///
    /// # Errors
    /// [`Error::NoKernel`], [`Error::ReleaseNotFound`] and [`Error::FileSystem`].
    pub fn find(sources: &'a [Source<'a>], options: &Options) -> Result<Self, Error> {
        let mut candidates = Candidates::default();
        let modules = modules_directories(sources)?;
        let entries = boot_menu::find(sources, &mut candidates)?;
        let files = kernel_files::find(sources, &modules, &entries)?;
        let requested = options.kernel_release.as_deref();
        let choice = Choice {
            sources,
            modules: &modules,
            entries: &entries,
            release: requested,
            left: Cell::new(MAX_READ),
        };
        let kernels = choice.choose(files, &mut candidates);
        let chosen = kernels.chosen;
        record_modules(
            &modules,
            chosen.as_ref().map(|pair| &pair.1),
            &mut candidates,
        );
        let Some((kernel, taken)) = chosen else {
            return Err(not_found(
                sources,
                requested,
                &kernels.releases,
                &candidates,
            ));
        };
        let entry = take_entry(entries, &kernel, &mut candidates);
        let mut other_releases = kernels.releases;
        let has_rivals = other_releases.len() > 1;
        other_releases.extend(modules.iter().map(|other| other.release.clone()));
        other_releases.retain(|other| *other != kernel.release);
        let device_trees = device_trees::directories(
            sources,
            &device_trees::Kernel {
                kernel: &kernel,
                modules: &taken,
                entry: entry.as_ref(),
                other_releases: &other_releases,
                has_rivals,
            },
            &mut candidates,
        )?;
        let index = taken.location.source;
        let root = sources.get(index).ok_or(Error::NotAKernel)?;
        let firmware = Firmware::new(root, index, &kernel.release)?;
        for directory in &firmware.directories {
            candidates.take(What::Firmware, directory.source, &directory.path);
        }
        Ok(BootFiles {
            sources,
            os_name: os_release::os_name(root).unwrap_or_default(),
            device_info: read_device_info(root, index, &mut candidates),
            kernel,
            modules: taken,
            device_trees,
            firmware,
            entry,
            candidates,
        })
    }

    /// Opens the kernel.
    ///
    /// # Errors
    /// As [`Kernel::open`].
    pub fn open_kernel(&self) -> Result<Kernel<'a>, Error> {
        Kernel::open(self.open(&self.kernel.location)?)
    }

    /// Opens a regular file that was found.
    ///
    /// # Errors
    /// [`Error::FileSystem`].
    pub fn open(&self, file: &Location) -> Result<Box<dyn ReadAt + 'a>, Error> {
        let source = self
            .sources
            .get(file.source)
            .ok_or_else(|| Error::FileSystem {
                name: format!("file system {}", file.source),
                error: file_system::Error::NotFound(file.path.clone()),
            })?;
        source.open(&file.path)
    }

    /// As [`DeviceTrees::find`].
    ///
    /// # Errors
    /// [`Error::DtbNotFound`] and [`Error::DtbAmbiguous`].
    pub fn find_dtb(&self, name: &str) -> Result<&Dtb, Error> {
        self.device_trees.find(name)
    }

    /// As [`Firmware::find`].
    ///
    /// # Errors
    /// [`Error::FileSystem`].
    pub fn find_firmware(&self, name: &str) -> Result<Option<FirmwareFile>, Error> {
        self.firmware.find(self.sources, name)
    }
}

fn record_modules(
    modules: &[ModulesDirectory],
    taken: Option<&ModulesDirectory>,
    candidates: &mut Candidates,
) {
    for directory in modules {
        let Location { source, path } = &directory.location;
        match taken {
            Some(taken) if taken == directory => candidates.take(What::Modules, *source, path),
            _ if !directory.has_index => {
                candidates.reject(What::Modules, *source, path, "modules.dep is missing");
            }
            Some(taken) => {
                let reason = format!("the chosen kernel is {}", taken.release);
                candidates.reject(What::Modules, *source, path, reason);
            }
            None => {
                let reason = format!("a kernel {} is missing", directory.release);
                candidates.reject(What::Modules, *source, path, reason);
            }
        }
    }
}

/// Returns the first entry whose kernel has the chosen release.
fn take_entry(
    entries: Vec<FoundEntry>,
    kernel: &KernelFile,
    candidates: &mut Candidates,
) -> Option<FoundEntry> {
    let mut taken = None;
    for found in entries {
        let Location { source, path } = found.location.clone();
        let is_same = |file: &Path| {
            let is_chosen = source == kernel.location.source && file == kernel.location.path;
            let release = kernel_files::release_in_path(file, |name| name == kernel.release);
            is_chosen || release.as_ref() == Some(&kernel.release)
        };
        match &found.kernel {
            None => candidates.reject(What::BootEntry, source, &path, "its kernel is missing"),
            Some(file) if !is_same(file) => {
                candidates.reject(
                    What::BootEntry,
                    source,
                    &path,
                    "its kernel is not the chosen one",
                );
            }
            Some(_) if taken.is_some() => {
                candidates.reject(What::BootEntry, source, &path, "it is not the first one");
            }
            Some(_) => {
                candidates.take(What::BootEntry, source, &path);
                taken = Some(found);
            }
        }
    }
    taken
}

/// Reads deviceinfo; it is a help, so an invalid one does not stop the search.
fn read_device_info(
    root: &Source,
    index: usize,
    candidates: &mut Candidates,
) -> Option<DeviceInfo> {
    let (path, info) = DeviceInfo::read(root)?;
    match &info {
        Ok(_) => candidates.take(What::DeviceInfo, index, path),
        Err(error) => candidates.reject(What::DeviceInfo, index, path, error),
    }
    info.ok()
}

fn not_found(
    sources: &[Source],
    requested: Option<&str>,
    found: &[String],
    candidates: &Candidates,
) -> Error {
    let names: Vec<&str> = sources.iter().map(|source| &*source.name).collect();
    match requested {
        Some(release) if !found.is_empty() && !found.iter().any(|other| other == release) => {
            Error::ReleaseNotFound {
                release: release.to_owned(),
                sources: names.join(", "),
                found: found.join(", "),
            }
        }
        _ => Error::NoKernel {
            sources: names.join(", "),
            rejected: reasons(&names, candidates),
        },
    }
}

/// The first reasons, which are those of kernels.
fn reasons(names: &[&str], candidates: &Candidates) -> String {
    let list = candidates.list();
    if list.is_empty() {
        return "check that the image contains a Linux root file system".to_owned();
    }
    let first = list.iter().take(5);
    let reasons = first.map(|candidate| match names.get(candidate.source) {
        Some(name) if names.len() > 1 => format!("{name}: {candidate}"),
        _ => candidate.to_string(),
    });
    format!("found {}", reasons.collect::<Vec<_>>().join("; "))
}
