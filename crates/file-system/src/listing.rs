//! Collects the entries of a directory, within limits.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::{Entry, Error, FileType};

/// The maximum number of bytes in all names of a directory, each with an estimate for its entry.
const MAX_BYTES: usize = 24 << 20;
/// What an entry takes beside the bytes of its name.
const ENTRY_BYTES: usize = size_of::<Entry>() + 16;
/// `NAME_MAX` in the kernel's `include/uapi/linux/limits.h`.
const MAX_NAME: usize = 255;

/// The entries of a directory while an implementation of
/// [`FileSystem::read_dir`](crate::FileSystem::read_dir) reads them from untrusted input.
#[derive(Debug, Default)]
pub struct Listing {
    entries: Vec<Entry>,
    bytes: usize,
}

impl Listing {
    /// Adds an entry. `.` and `..` are skipped, as every directory has them.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a name that cannot be one: empty, longer than 255 bytes, or with `/` or NUL;
    /// [`Error::TooLarge`] if all entries take more than 24 MiB.
    pub fn add(&mut self, name: &[u8], file_type: FileType) -> Result<(), Error> {
        if name == b"." || name == b".." {
            return Ok(());
        }
        if name.is_empty() || name.len() > MAX_NAME || name.iter().any(|byte| b"/\0".contains(byte))
        {
            let name = name.escape_ascii();
            return Err(Error::corrupt(format!("a file has the name \"{name}\"")));
        }
        self.bytes += name.len() + ENTRY_BYTES;
        if self.bytes > MAX_BYTES {
            return Err(Error::TooLarge(format!(
                "a directory of more than {} entries",
                self.entries.len()
            )));
        }
        self.entries.push(Entry {
            name: OsString::from_vec(name.to_vec()),
            file_type,
        });
        Ok(())
    }

    /// Returns the entries, sorted by name.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if two have the same name.
    pub fn finish(mut self) -> Result<Vec<Entry>, Error> {
        self.entries.sort_by(|one, other| one.name.cmp(&other.name));
        let twice = self
            .entries
            .windows(2)
            .find(|pair| pair[0].name == pair[1].name);
        match twice {
            Some([entry, _]) => Err(Error::corrupt(format!(
                "two files have the name {:?}",
                entry.name
            ))),
            _ => Ok(self.entries),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_by_name_and_skips_dots() {
        let mut listing = Listing::default();
        for name in ["b", ".", "a", "..", "..."] {
            listing.add(name.as_bytes(), FileType::Regular).unwrap();
        }
        let names = listing
            .finish()
            .unwrap()
            .into_iter()
            .map(|entry| entry.name);
        assert_eq!(names.collect::<Vec<_>>(), ["...", "a", "b"]);
    }

    #[test]
    fn rejects_names_that_no_file_can_have() {
        for name in [&b""[..], b"a/b", b"/", b"a\0", &[b'a'; 256]] {
            let error = Listing::default().add(name, FileType::Regular);
            assert!(matches!(error, Err(Error::Corrupt(_))), "{name:?}");
        }
        let mut listing = Listing::default();
        listing.add(&[b'a'; 255], FileType::Regular).unwrap();
        listing.add(&[b'a'; 255], FileType::Directory).unwrap();
        assert!(matches!(listing.finish(), Err(Error::Corrupt(_))));
    }

    #[test]
    fn limits_the_memory_of_a_directory() {
        let mut listing = Listing::default();
        let error = (0..1_000_000_u32)
            .map(|number| {
                listing.add(
                    &number.to_le_bytes().map(|byte| byte | 0x80),
                    FileType::Regular,
                )
            })
            .find_map(Result::err);
        let message = error.unwrap().to_string();
        assert!(message.starts_with("too large: a directory"), "{message}");
    }
}
