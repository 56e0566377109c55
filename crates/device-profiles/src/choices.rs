//! Remembers which profile the user chose for a device.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use fastboop_files::{Cause, file};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The maximum size of the file in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// The maximum length of a serial number in bytes: the longest reply of a boot loader.
const MAX_SERIAL: usize = 256;

const COMMENT: &str = "# The profiles that were chosen for devices, by serial number.\n";

/// The id of a profile for each serial number.
///
/// The file is TOML, with one table:
///
/// ```toml
/// [devices]
/// 1a2b3c4d = "oneplus-fajita"
/// ```
///
/// Serial numbers come from devices. They are stored as they are, with control characters escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    #[serde(default)]
    devices: BTreeMap<String, String>,
}

impl Choices {
    /// Reads the file. A missing file has no choices.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read, [`Error::Choices`] if it is not valid or larger than 1 MiB.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let file = match file::open(path) {
            Ok((file, _)) => file,
            Err(error) if matches!(error.cause, Cause::Missing) => return Ok(Choices::default()),
            Err(error) => return Err(Error::File(error)),
        };
        let mut bytes = Vec::new();
        let read = file.take(MAX_SIZE + 1).read_to_end(&mut bytes);
        read.map_err(|error| Error::File(fastboop_files::Error::new(path, Cause::Read(error))))?;
        check_size(path, &bytes)?;
        let invalid = |message| Error::Choices {
            path: path.to_owned(),
            message,
        };
        let text = String::from_utf8(bytes).map_err(|_| invalid("not valid UTF-8".to_owned()))?;
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.unwrap_or_default().matches('\n').count() + 1;
            invalid(format!("line {line}: {}", error.message()))
        })
    }

    /// Returns the id of the profile that was chosen for the device with this serial number.
    pub fn get(&self, serial: &str) -> Option<&str> {
        self.devices.get(serial).map(String::as_str)
    }

    /// Remembers a profile, in place of one that was chosen before.
    ///
    /// # Errors
    /// [`Error::Serial`] for an empty serial number, which many devices have, and for one of more than 256
    /// bytes.
    pub fn insert(&mut self, serial: &str, profile: &str) -> Result<(), Error> {
        if !(1..=MAX_SERIAL).contains(&serial.len()) {
            return Err(Error::Serial(serial.len()));
        }
        self.devices.insert(serial.to_owned(), profile.to_owned());
        Ok(())
    }

    /// Forgets a device.
    pub fn remove(&mut self, serial: &str) {
        self.devices.remove(serial);
    }

    /// Writes the file atomically, and creates its directory if necessary.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Directory`] if one of them cannot be written, [`Error::Choices`] if the
    /// file would be larger than 1 MiB. An existing file is then unchanged.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let text = toml::to_string(self).map_err(|error| Error::Choices {
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        let text = COMMENT.to_owned() + &text;
        check_size(path, text.as_bytes())?;
        if let Some(directory) = path.parent() {
            // As the XDG base directory specification requires.
            let created = DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory);
            created.map_err(|error| Error::Directory {
                path: directory.to_owned(),
                error,
            })?;
        }
        file::write_atomic(path, text.as_bytes(), false).map_err(Error::File)
    }
}

fn check_size(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() as u64 <= MAX_SIZE {
        return Ok(());
    }
    Err(Error::Choices {
        path: path.to_owned(),
        message: format!("larger than {MAX_SIZE} bytes"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn reads_what_it_writes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/fastboop/devices.toml");
        let mut choices = Choices::load(&path).unwrap();
        assert_eq!(choices, Choices::default());
        let serials = ["1a2b", "a.b \"c\"", "]\n[x\u{1b}\0", "ü", &"s".repeat(256)];
        for serial in serials {
            choices.insert(serial, "old").unwrap();
            choices.insert(serial, "oneplus-fajita").unwrap();
        }
        choices.save(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("[devices]\n") && text.contains("1a2b = \"oneplus-fajita\"\n"));
        assert!(!text.contains('\u{1b}'), "{text}");
        let mut found = Choices::load(&path).unwrap();
        assert_eq!(found, choices);
        for serial in serials {
            assert_eq!(found.get(serial), Some("oneplus-fajita"));
        }
        found.remove("1a2b");
        assert_eq!(found.get("1a2b"), None);
    }

    #[test]
    fn rejects_serial_numbers_that_are_empty_or_long() {
        let mut choices = Choices::default();
        for serial in ["", &"s".repeat(257)] {
            let message = choices.insert(serial, "a").unwrap_err().to_string();
            assert!(message.contains("expected 1 to 256 bytes"), "{message}");
        }
        assert_eq!(choices, Choices::default());
    }

    #[test]
    fn rejects_invalid_files_with_their_name_and_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("devices.toml");
        let large = "#".repeat(1 << 20) + "\n";
        for (text, words) in [
            ("[devices]\na = 1\n", "line 2: invalid type: integer"),
            ("# a\n[device]\n", "line 2: unknown field `device`"),
            ("[devices\n", "line 1: "),
            (&large, "larger than 1048576 bytes"),
        ] {
            fs::write(&path, text).unwrap();
            let message = Choices::load(&path).unwrap_err().to_string();
            let start = format!("{}: {words}", path.display());
            assert!(message.starts_with(&start), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
        fs::write(&path, b"\xff").unwrap();
        let message = Choices::load(&path).unwrap_err().to_string();
        assert!(message.contains("not valid UTF-8"), "{message}");
    }

    #[test]
    fn a_file_that_is_too_large_is_not_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("devices.toml");
        let mut choices = Choices::default();
        for number in 0..5000 {
            let serial = format!("{number:0256}");
            choices.insert(&serial, "oneplus-fajita").unwrap();
        }
        let message = choices.save(&path).unwrap_err().to_string();
        assert!(message.contains("larger than 1048576 bytes"), "{message}");
        assert!(!path.exists());
    }
}
