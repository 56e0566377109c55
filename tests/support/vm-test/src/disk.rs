//! Writable copies of disk images, and the check that the machine did not change them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use fastboop_files::Sha256Digest;

/// A writable copy of an image.
#[derive(Debug)]
pub struct Disk {
    image: PathBuf,
    copy: PathBuf,
}

impl Disk {
    /// Copies `image` to the file `copy`, which is writable even if the image is not.
    pub fn copy(image: &Path, copy: PathBuf) -> Result<Self, String> {
        let report = |error| format!("{}: cannot copy: {error}", image.display());
        let mut from = File::open(image).map_err(report)?;
        let mut to = File::create(&copy).map_err(report)?;
        io::copy(&mut from, &mut to).map_err(report)?;
        Ok(Disk {
            image: image.to_owned(),
            copy,
        })
    }

    /// The path of the copy.
    pub fn path(&self) -> PathBuf {
        self.copy.clone()
    }

    /// Fails if the copy differs from the image.
    pub fn check(&self) -> Result<(), String> {
        let (before, after) = (sha256(&self.image)?, sha256(&self.copy)?);
        if before == after {
            return Ok(());
        }
        let image = self.image.display();
        Err(format!(
            "{image}: modified: SHA-256 mismatch: expected {before}, got {after}"
        ))
    }
}

fn sha256(path: &Path) -> Result<Sha256Digest, String> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Sha256Digest::compute(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn rejects_a_change_of_one_byte() {
        let directory = tempfile::tempdir().unwrap();
        let image = directory.path().join("image");
        fs::write(&image, [0; 10_000]).unwrap();
        fs::set_permissions(&image, fs::Permissions::from_mode(0o400)).unwrap();
        let disk = Disk::copy(&image, directory.path().join("copy")).unwrap();
        assert_eq!(disk.check(), Ok(()));

        let mut bytes = fs::read(disk.path()).unwrap();
        bytes[9_999] = 1;
        fs::write(disk.path(), bytes).unwrap();
        let message = disk.check().unwrap_err();
        assert!(message.contains("image: modified: "), "{message}");
    }

    #[test]
    fn names_a_missing_image() {
        let message = Disk::copy(Path::new("/no/image"), "/no/copy".into()).unwrap_err();
        assert!(message.starts_with("/no/image: "), "{message}");
    }
}
