//! One deployment as the root.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use file_system::{
    Attribute, Entry, Error, FileSystem, FileType, Listing, Metadata, ReadAt, resolve,
};

use super::{Deployment, file_type, is_directory};

/// A deployment as the device will see it: the root is the deployment's directory, `/var` is that of its
/// system, `/sysroot` is the physical root. If it has no `/etc`, its `/usr/etc` is shown there, from
/// which OSTree makes it.
///
/// A walk visits the physical root below `/sysroot` too, and so the deployment twice.
#[derive(Clone)]
pub struct DeploymentView<'a> {
    physical: &'a dyn FileSystem,
    deployment: PathBuf,
    /// Directories of the root, by name, that are elsewhere in the physical root.
    mounts: BTreeMap<&'static str, PathBuf>,
}

impl<'a> DeploymentView<'a> {
    /// Returns the view of a deployment in the OSTree root `physical`.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it does not exist, [`Error::Unsupported`] if its files exist only in a
    /// composefs image, and [`Error::Corrupt`] if it has no directory `usr`.
    pub fn new(physical: &'a dyn FileSystem, deployment: &Deployment) -> Result<Self, Error> {
        let path = deployment.path();
        if physical.metadata(&path)?.file_type != FileType::Directory {
            return Err(Error::NotADirectory(path));
        }
        if !is_directory(physical, &path.join("usr"))? {
            let name = path.display();
            return match file_type(physical, &path.join(".ostree.cfs"))? {
                Some(_) => Err(Error::unsupported(format!(
                    "{name}: only a composefs image (.ostree.cfs); use an image whose deployments have their files"
                ))),
                None => Err(Error::corrupt(format!(
                    "{name}: not a deployment: it has no directory usr"
                ))),
            };
        }
        let mut mounts = BTreeMap::from([("sysroot", PathBuf::new())]);
        // It may be a link, and it may not exist.
        if let Ok(var) = resolve(physical, &deployment.os_path().join("var")) {
            if is_directory(physical, &var)? {
                mounts.insert("var", var);
            }
        }
        let default_etc = path.join("usr/etc");
        let has_etc = file_type(physical, &path.join("etc"))?.is_some();
        if !has_etc && is_directory(physical, &default_etc)? {
            mounts.insert("etc", default_etc);
        }
        Ok(DeploymentView {
            physical,
            deployment: path,
            mounts,
        })
    }

    /// The path of a file in the physical root.
    fn physical_path(&self, path: &Path) -> PathBuf {
        let mount = self.mounts.iter().find_map(|(name, target)| {
            let rest = path.strip_prefix(name).ok()?;
            Some((target, rest))
        });
        match mount {
            // Joining an empty path would append a slash.
            Some((target, rest)) if rest.as_os_str().is_empty() => target.clone(),
            Some((target, rest)) => target.join(rest),
            None if path.as_os_str().is_empty() => self.deployment.clone(),
            None => self.deployment.join(path),
        }
    }

    /// Calls the physical root, and names `path` in its errors in place of the path there.
    fn call<T>(
        &self,
        path: &Path,
        call: impl FnOnce(&'a dyn FileSystem, &Path) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let path = path.to_owned();
        call(self.physical, &self.physical_path(&path)).map_err(|error| match error {
            Error::NotFound(_) => Error::NotFound(path),
            Error::NotADirectory(_) => Error::NotADirectory(path),
            Error::WrongType {
                expected, found, ..
            } => Error::WrongType {
                path,
                expected,
                found,
            },
            error => error,
        })
    }
}

impl FileSystem for DeploymentView<'_> {
    fn kind(&self) -> &'static str {
        self.physical.kind()
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, Error> {
        self.call(path, |fs, path| fs.metadata(path))
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<Entry>, Error> {
        let entries = self.call(path, |fs, path| fs.read_dir(path))?;
        if !path.as_os_str().is_empty() {
            return Ok(entries);
        }
        let mut listing = Listing::default();
        for entry in entries {
            if !self.mounts.keys().any(|name| entry.name == *name) {
                listing.add(entry.name.as_encoded_bytes(), entry.file_type)?;
            }
        }
        for name in self.mounts.keys() {
            listing.add(name.as_bytes(), FileType::Directory)?;
        }
        listing.finish()
    }

    fn read_link(&self, path: &Path) -> Result<OsString, Error> {
        self.call(path, |fs, path| fs.read_link(path))
    }

    fn attributes(&self, path: &Path) -> Result<Vec<Attribute>, Error> {
        self.call(path, |fs, path| fs.attributes(path))
    }

    fn open<'b>(&'b self, path: &Path) -> Result<Box<dyn ReadAt + 'b>, Error> {
        self.call(path, |fs, path| fs.open(path))
    }
}

impl std::fmt::Debug for DeploymentView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeploymentView")
            .field("deployment", &self.deployment)
            .field("mounts", &self.mounts)
            .finish_non_exhaustive()
    }
}
