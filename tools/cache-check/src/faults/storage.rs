//! A server's storage, damaged.

use std::fs;
use std::io;
use std::path::Path;

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
