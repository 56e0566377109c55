//! Directories with modules: `/usr/lib/modules/<release>`.

use std::path::{Path, PathBuf};

use file_system::FileType;

use crate::Error;
use crate::source::{Location, Source};

/// The directories with one directory for each kernel release, in the order of the search.
const PARENTS: [&str; 2] = ["usr/lib/modules", "lib/modules"];
/// The maximum number of releases; distributions keep two or three.
const MAX_RELEASES: usize = 256;

/// A directory with the modules of a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModulesDirectory {
    /// The directory.
    pub location: Location,
    /// The release of the kernel: the name of the directory.
    pub release: String,
    /// Whether it has the index `modules.dep`, as depmod(8) writes it.
    pub has_index: bool,
}

/// Returns the directories of all releases, each once, although `/lib` may be a link to `/usr/lib`.
pub fn modules_directories(sources: &[Source]) -> Result<Vec<ModulesDirectory>, Error> {
    let mut found: Vec<ModulesDirectory> = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        for parent in PARENTS {
            for (entry, path) in source.list(Path::new(parent), |_| false)? {
                let location = Location {
                    source: index,
                    path,
                };
                // Names that are not UTF-8 are not releases: the kernel's are ASCII.
                let release = entry.name.into_string();
                let (FileType::Directory, Ok(release)) = (entry.file_type, release) else {
                    continue;
                };
                let is_known = found.iter().any(|other| other.location == location);
                if is_known || found.len() >= MAX_RELEASES {
                    continue;
                }
                let dep = location.path.join("modules.dep");
                found.push(ModulesDirectory {
                    has_index: source.file(&dep)?.is_some(),
                    location,
                    release,
                });
            }
        }
    }
    Ok(found)
}

impl ModulesDirectory {
    /// The possible paths of the kernel in the directory: Fedora's and OSTree's, and openSUSE's.
    pub(crate) fn kernels(&self) -> [PathBuf; 3] {
        ["vmlinuz", "Image", "zImage"].map(|name| self.location.path.join(name))
    }
}
