//! Chooses the kernel to boot, together with its modules.

use std::cell::Cell;
use std::path::Path;

use crate::boot_menu::FoundEntry;
use crate::candidates::{Candidates, What};
use crate::kernel::{Architecture, Form, Kernel};
use crate::kernel_files::release_in_path;
use crate::modules::ModulesDirectory;
use crate::source::{Location, Source};
use crate::{Error, version};

/// The number of kernels that are read; a boot partition has one for each flavor.
pub(crate) const MAX_READ: u32 = 8;

/// A kernel that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelFile {
    /// The file.
    pub location: Location,
    /// Its release, as `uname -r` prints it.
    pub release: String,
    /// How it is stored.
    pub form: Form,
    /// The architecture that it runs on.
    pub architecture: Architecture,
    /// Whether the release comes from the kernel itself, not only from names.
    pub has_release: bool,
}

/// What the kernel is chosen from.
pub(crate) struct Choice<'a> {
    pub(crate) sources: &'a [Source<'a>],
    pub(crate) modules: &'a [ModulesDirectory],
    pub(crate) entries: &'a [FoundEntry],
    /// The release that the user requests.
    pub(crate) release: Option<&'a str>,
    /// How many more kernels may be read to find their releases: each takes up to seconds.
    pub(crate) left: Cell<u32>,
}

/// The kernels that have modules.
pub(crate) struct Kernels {
    /// The kernel that was chosen, with its modules.
    pub(crate) chosen: Option<(KernelFile, ModulesDirectory)>,
    /// The releases of all kernels with modules, the newest first.
    pub(crate) releases: Vec<String>,
}

impl Choice<'_> {
    /// Chooses the newest kernel, or the requested one, and records why the others were not.
    pub(crate) fn choose(&self, files: Vec<Location>, candidates: &mut Candidates) -> Kernels {
        let mut kernels = Vec::new();
        for file in files {
            match self.describe(&file).and_then(|kernel| {
                let modules = self.modules_of(&kernel)?;
                Ok((kernel, modules))
            }) {
                Ok(kernel) => kernels.push(kernel),
                Err(reason) => candidates.reject(What::Kernel, file.source, &file.path, reason),
            }
        }
        // Stable: of the same release, the first one found remains the first.
        kernels.sort_by(|one, other| version::compare_releases(&other.0.release, &one.0.release));
        let mut releases: Vec<String> = kernels
            .iter()
            .map(|(kernel, _)| kernel.release.clone())
            .collect();
        releases.dedup();
        let mut chosen: Option<(KernelFile, ModulesDirectory)> = None;
        for (mut kernel, modules) in kernels {
            let verdict = match &chosen {
                Some((better, _)) => Err(compare_to(better, &kernel)),
                None => self.accept(&mut kernel),
            };
            let Location { source, path } = &kernel.location;
            match verdict {
                Ok(()) => {
                    candidates.take(What::Kernel, *source, path);
                    chosen = Some((kernel, modules));
                }
                Err(reason) => candidates.reject(What::Kernel, *source, path, reason),
            }
        }
        Kernels { chosen, releases }
    }

    /// Opens a file and determines its release; otherwise the reason why it cannot be used.
    fn describe(&self, file: &Location) -> Result<KernelFile, String> {
        let kernel = self.open(file).map_err(|error| error.to_string())?;
        let in_path = release_in_path(&file.path, |release| self.has_modules(release));
        let named = in_path.or_else(|| self.release_in_entry(file)).or_else(|| {
            let (uki, content) = kernel.uki()?;
            uki.release(content).ok()?
        });
        let (release, has_release) = match named {
            Some(release) => (release, false),
            None => match (self.read_release(&kernel), self.only_release()) {
                (Ok(Some(release)), _) => (release, true),
                (_, Some(only)) => (only, false),
                (Ok(None), _) => return Err("its release cannot be determined".to_owned()),
                (Err(reason), _) => return Err(format!("its release cannot be read: {reason}")),
            },
        };
        Ok(KernelFile {
            location: file.clone(),
            release,
            form: kernel.form(),
            architecture: kernel.architecture(),
            has_release,
        })
    }

    fn open(&self, file: &Location) -> Result<Kernel<'_>, Error> {
        let source = self.sources.get(file.source).ok_or(Error::NotAKernel)?;
        Kernel::open(source.open(&file.path)?)
    }

    fn read_release(&self, kernel: &Kernel) -> Result<Option<String>, String> {
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err("too many kernels in the image".to_owned());
        };
        self.left.set(left);
        kernel.release().map_err(|error| error.to_string())
    }

    /// Returns the release of the modules, if there are those of one kernel only.
    fn only_release(&self) -> Option<String> {
        let mut releases = self.modules.iter().filter(|modules| modules.has_index);
        let only = releases.next()?.release.clone();
        releases.all(|other| other.release == only).then_some(only)
    }

    fn has_modules(&self, release: &str) -> bool {
        self.modules
            .iter()
            .any(|modules| modules.release == release)
    }

    /// The `version` of a boot entry may also be that of the operating system.
    fn release_in_entry(&self, file: &Location) -> Option<String> {
        let is_of_file = |entry: &&FoundEntry| {
            entry.location.source == file.source && entry.kernel.as_deref() == Some(&*file.path)
        };
        let entries = self.entries.iter().filter(is_of_file);
        let mut versions = entries.filter_map(|found| found.entry.version.clone());
        versions.find(|version| self.has_modules(version))
    }

    /// Returns the modules of a kernel, from the same file system if it has them.
    fn modules_of(&self, kernel: &KernelFile) -> Result<ModulesDirectory, String> {
        let of_release = || {
            let is_of_release = |modules: &&ModulesDirectory| modules.release == kernel.release;
            self.modules.iter().filter(is_of_release)
        };
        let is_here = |modules: &&ModulesDirectory| {
            modules.location.source == kernel.location.source && modules.has_index
        };
        let indexed = of_release().find(|modules| modules.has_index);
        if let Some(modules) = of_release().find(is_here).or(indexed) {
            return Ok(modules.clone());
        }
        let release = &kernel.release;
        Err(match of_release().next() {
            Some(modules) => format!(
                "/{} lacks modules.dep; run depmod {release} in the image",
                modules.location.path.display()
            ),
            None => format!("modules for {release} are missing in /usr/lib/modules"),
        })
    }

    /// Checks that the kernel is the requested one, and that it has the release of its name: with
    /// another, it would load the modules of another kernel.
    fn accept(&self, kernel: &mut KernelFile) -> Result<(), String> {
        if let Some(requested) = self.release.filter(|release| *release != kernel.release) {
            return Err(format!(
                "{} is not the requested {requested}",
                kernel.release
            ));
        }
        if kernel.has_release {
            return Ok(());
        }
        let content = self
            .open(&kernel.location)
            .map_err(|error| error.to_string())?;
        match self.read_release(&content)? {
            Some(release) if release != kernel.release => Err(format!(
                "its name says {}, its content {release}",
                kernel.release
            )),
            release => {
                kernel.has_release = release.is_some();
                Ok(())
            }
        }
    }
}

fn compare_to(chosen: &KernelFile, other: &KernelFile) -> String {
    let display = |path: &Path| path.display().to_string();
    if chosen.release == other.release {
        format!("the same release as /{}", display(&chosen.location.path))
    } else {
        format!("{} is not the chosen {}", other.release, chosen.release)
    }
}
