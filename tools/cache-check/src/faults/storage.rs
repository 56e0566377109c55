//! A server's storage, damaged or too small.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The size of a small disk: room for a server's own files, and for few blobs.
const SIZE: &str = "size=2m";

/// A file system in memory; dropped, it is unmounted.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one at a new directory; `None` where this user may not.
    pub fn mount(directory: &Path) -> Result<Option<Self>, String> {
        let named = |error: io::Error| format!("{}: {error}", directory.display());
        fs::create_dir(directory).map_err(named)?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
            .arg(directory);
        let output = mount.output().map_err(|error| format!("mount: {error}"))?;
        let disk = SmallDisk(directory.to_owned());
        Ok(output.status.success().then_some(disk))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: its server may still be ending. What stays mounted ends with the mount namespace.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Changes a byte in every file below a directory that has one; there has to be such a file.
pub fn damage(directory: &Path) -> io::Result<()> {
    if damage_all(directory)? == 0 {
        return Err(io::Error::other("no blobs to damage"));
    }
    Ok(())
}

fn damage_all(directory: &Path) -> io::Result<usize> {
    let mut damaged = 0;
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            damaged += damage_all(&path)?;
            continue;
        }
        let mut bytes = fs::read(&path)?;
        if let Some(byte) = bytes.last_mut() {
            *byte ^= 1;
            fs::write(&path, bytes)?;
            damaged += 1;
        }
    }
    Ok(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_damaged_and_keeps_its_size() {
        let directory = tempfile::tempdir().unwrap();
        let nested = directory.path().join("00");
        fs::create_dir(&nested).unwrap();
        fs::write(nested.join("blob"), b"ab").unwrap();
        damage(directory.path()).unwrap();
        assert_eq!(fs::read(nested.join("blob")).unwrap(), b"ac");
    }

    #[test]
    fn nothing_to_damage_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        assert!(damage(directory.path()).is_err());
    }
}
