//! OSTree: the deployments of a root, and the view of one.
//!
//! Source: ostree(1), ostree-prepare-root(1), and OSTree's documentation, "Deployments". What the device
//! does is in `docs/stage0.md`, section "OSTree".

mod view;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use file_system::{Error, FileSystem, FileType};

pub use view::DeploymentView;

/// A deployment: a bootable version of a system in an OSTree root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deployment {
    /// The name of the system, OSTree's "stateroot".
    pub os: OsString,
    /// The checksum of the commit: 64 lower-case hexadecimal digits.
    pub checksum: String,
    /// Distinguishes deployments of one commit; mostly 0.
    pub serial: u32,
}

/// As in messages: `debian 0123….0`.
impl fmt::Display for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let os = self.os.to_string_lossy();
        write!(f, "{os} {}.{}", self.checksum, self.serial)
    }
}

/// Where deployments are: `ostree/deploy/<os>/deploy/<checksum>.<serial>`.
const OS_DIRECTORY: &str = "ostree/deploy";
const DEPLOYMENTS: &str = "deploy";
/// The maximum number of deployments. Roots have two to four.
const MAX_DEPLOYMENTS: usize = 1000;

impl Deployment {
    /// Returns the deployment whose directory has this path, relative to the physical root and without
    /// symbolic links; `None` if it cannot be one. Links such as `/ostree/boot.1/…` resolve to such a
    /// path.
    pub fn from_path(path: &Path) -> Option<Self> {
        let rest = path.strip_prefix(OS_DIRECTORY).ok()?;
        let mut components = rest.iter();
        let (os, deploy) = (components.next()?, components.next()?);
        let name = components.next()?;
        (deploy == DEPLOYMENTS && components.next().is_none())
            .then(|| Deployment::from_name(os, name))
            .flatten()
    }

    fn from_name(os: &OsStr, name: &OsStr) -> Option<Self> {
        let (checksum, serial) = name.to_str()?.split_once('.')?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_checksum = checksum.len() == 64 && checksum.bytes().all(is_digit);
        let serial = serial.parse().ok()?;
        is_checksum.then(|| Deployment {
            os: os.to_owned(),
            checksum: checksum.to_owned(),
            serial,
        })
    }

    /// The path of the deployment's directory in the physical root.
    pub fn path(&self) -> PathBuf {
        let name = format!("{}.{}", self.checksum, self.serial);
        self.os_path().join(DEPLOYMENTS).join(name)
    }

    /// The path of the directory of the deployment's system in the physical root.
    fn os_path(&self) -> PathBuf {
        Path::new(OS_DIRECTORY).join(&self.os)
    }
}

/// Returns the deployments in an OSTree root, sorted by system, checksum and serial number; none if it is
/// not an OSTree root.
///
/// # Errors
/// [`Error::TooLarge`] for more than 1000; otherwise as [`FileSystem::read_dir`].
pub fn deployments(fs: &dyn FileSystem) -> Result<Vec<Deployment>, Error> {
    let mut found = Vec::new();
    for os in directories(fs, Path::new(OS_DIRECTORY))? {
        let directory = Path::new(OS_DIRECTORY).join(&os).join(DEPLOYMENTS);
        let names = directories(fs, &directory)?;
        found.extend(
            names
                .iter()
                .filter_map(|name| Deployment::from_name(&os, name)),
        );
        if found.len() > MAX_DEPLOYMENTS {
            let what = format!("an OSTree root of more than {MAX_DEPLOYMENTS} deployments");
            return Err(Error::TooLarge(what));
        }
    }
    found.sort();
    Ok(found)
}

/// The names of the directories in a directory; none if it does not exist.
fn directories(fs: &dyn FileSystem, path: &Path) -> Result<Vec<OsString>, Error> {
    if !is_directory(fs, path)? {
        return Ok(Vec::new());
    }
    let mut entries = fs.read_dir(path)?;
    entries.retain(|entry| entry.file_type == FileType::Directory);
    Ok(entries.into_iter().map(|entry| entry.name).collect())
}

fn is_directory(fs: &dyn FileSystem, path: &Path) -> Result<bool, Error> {
    Ok(file_type(fs, path)? == Some(FileType::Directory))
}

/// The type of a file; `None` if it does not exist.
fn file_type(fs: &dyn FileSystem, path: &Path) -> Result<Option<FileType>, Error> {
    match fs.metadata(path) {
        Ok(metadata) => Ok(Some(metadata.file_type)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_deployment_correspond() {
        let checksum = "0123456789abcdef".repeat(4);
        let path = format!("ostree/deploy/fedora/deploy/{checksum}.12");
        let deployment = Deployment::from_path(Path::new(&path)).unwrap();
        assert_eq!(deployment.os, "fedora");
        assert_eq!(deployment.checksum, checksum);
        assert_eq!(deployment.serial, 12);
        assert_eq!(deployment.path(), Path::new(&path));
    }

    #[test]
    fn other_paths_are_not_deployments() {
        let checksum = "0123456789abcdef".repeat(4);
        for path in [
            format!("ostree/deploy/os/deploy/{checksum}"),
            format!("ostree/deploy/os/deploy/{checksum}.0.origin"),
            format!("ostree/deploy/os/deploy/{checksum}.-1"),
            format!("ostree/deploy/os/deploy/{}.0", checksum.to_uppercase()),
            format!("ostree/deploy/os/deploy/{}.0", &checksum[1..]),
            format!("ostree/deploy/os/deploy/{checksum}.0/usr"),
            format!("ostree/deploy/os/backing/{checksum}.0"),
            format!("deploy/os/deploy/{checksum}.0"),
            "ostree/deploy/os".to_owned(),
            String::new(),
        ] {
            assert_eq!(Deployment::from_path(Path::new(&path)), None, "{path}");
        }
    }
}
