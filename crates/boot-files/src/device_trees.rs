//! Device trees of a kernel.

mod directories;
mod names;

use std::path::{Path, PathBuf};

use file_system::FileType;

pub(crate) use directories::{Kernel, directories};

use crate::Error;
use crate::source::{Location, Source};

/// The maximum depth of directories: `<vendor>/<directory>/…`.
const MAX_DEPTH: usize = 3;
/// The maximum number of directories that are read.
const MAX_DIRECTORIES: usize = 512;
/// The maximum number of device trees; Debian has 1,649 of Linux 7.2 for arm64.
const MAX_FILES: usize = 8192;

/// A device tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dtb {
    /// The file.
    pub location: Location,
    /// The path below the directory of device trees, without suffix: `qcom/sdm845-oneplus-fajita`.
    pub name: String,
}

/// The device trees of a kernel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceTrees {
    /// The directory; `None` if the image has none for the kernel.
    pub directory: Option<Location>,
    /// The device trees, sorted by name.
    pub dtbs: Vec<Dtb>,
    /// The overlays, sorted by name.
    pub overlays: Vec<Dtb>,
}

impl DeviceTrees {
    /// Reads a directory. Directories whose names `is_skipped` accepts belong to other kernels.
    pub(crate) fn read(
        source: &Source,
        directory: &Location,
        has_subdirectories: bool,
        is_skipped: &dyn Fn(&str) -> bool,
    ) -> Result<Self, Error> {
        let mut found = DeviceTrees {
            directory: Some(directory.clone()),
            ..DeviceTrees::default()
        };
        let depth = if has_subdirectories { MAX_DEPTH } else { 0 };
        let mut level: Vec<(PathBuf, String)> = vec![(directory.path.clone(), String::new())];
        let mut left = MAX_DIRECTORIES;
        for below in (0..=depth).rev() {
            let mut next = Vec::new();
            for (path, prefix) in level.iter().take(left) {
                for (entry, path) in source.list(path, is_device_tree)? {
                    let name = entry.name.to_string_lossy();
                    match entry.file_type {
                        FileType::Directory if below > 0 && !is_skipped(&name) => {
                            next.push((path, format!("{prefix}{name}/")));
                        }
                        FileType::Regular => {
                            found.add(directory.source, path, &format!("{prefix}{name}"));
                        }
                        _ => {}
                    }
                }
            }
            left = left.saturating_sub(level.len());
            level = next;
        }
        found.dtbs.sort_by(|one, other| one.name.cmp(&other.name));
        found
            .overlays
            .sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    fn add(&mut self, source: usize, path: PathBuf, name: &str) {
        let (list, name) = match (name.strip_suffix(".dtb"), name.strip_suffix(".dtbo")) {
            (Some(name), _) => (&mut self.dtbs, name),
            (_, Some(name)) => (&mut self.overlays, name),
            _ => return,
        };
        if list.len() < MAX_FILES {
            list.push(Dtb {
                location: Location { source, path },
                name: name.to_owned(),
            });
        }
    }

    /// Whether there are neither device trees nor overlays.
    pub fn is_empty(&self) -> bool {
        self.dtbs.is_empty() && self.overlays.is_empty()
    }

    /// Returns the device tree of a name: `qcom/sdm845-oneplus-fajita`, or only its last part, with or
    /// without `.dtb`.
    ///
    /// # Errors
    /// [`Error::DtbNotFound`] and [`Error::DtbAmbiguous`] with at most five similar names.
    pub fn find(&self, name: &str) -> Result<&Dtb, Error> {
        self.find_in(&self.dtbs, name.strip_suffix(".dtb").unwrap_or(name))
    }

    /// Returns the overlay of a name, as [`DeviceTrees::find`] does, with or without `.dtbo`.
    ///
    /// # Errors
    /// As [`DeviceTrees::find`].
    pub fn find_overlay(&self, name: &str) -> Result<&Dtb, Error> {
        self.find_in(&self.overlays, name.strip_suffix(".dtbo").unwrap_or(name))
    }

    fn find_in<'a>(&self, list: &'a [Dtb], name: &str) -> Result<&'a Dtb, Error> {
        if let Some(dtb) = list.iter().find(|dtb| dtb.name == name) {
            return Ok(dtb);
        }
        let found: Vec<&Dtb> = list
            .iter()
            .filter(|dtb| names::matches(&dtb.name, name))
            .collect();
        match found.as_slice() {
            [only] => Ok(only),
            [] => Err(Error::DtbNotFound {
                name: name.to_owned(),
                directory: self.directory_name(),
                near: names::similar(list.iter().map(|dtb| &*dtb.name), name),
            }),
            several => Err(Error::DtbAmbiguous {
                name: name.to_owned(),
                directory: self.directory_name(),
                near: names::join(several.iter().map(|dtb| &*dtb.name)),
            }),
        }
    }

    fn directory_name(&self) -> String {
        match &self.directory {
            Some(directory) => format!("/{}", directory.path.display()),
            None => "the image: it holds no device trees for this kernel".to_owned(),
        }
    }
}

fn is_device_tree(name: &str) -> bool {
    name.ends_with(".dtb") || name.ends_with(".dtbo")
}

/// Whether the last component of a path is `name` or ends with `-name`.
pub(crate) fn has_suffix(path: &Path, name: &str) -> bool {
    let last = path.file_name().unwrap_or_default().to_string_lossy();
    let rest = last.strip_suffix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('-'))
}
