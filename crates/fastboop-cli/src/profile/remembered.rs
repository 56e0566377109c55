//! The profiles that the user chose for devices.

use std::path::PathBuf;

use device_profiles::{Choices, Directories};

/// What the user chose before, and the file with it.
pub struct Remembered {
    pub choices: Choices,
    path: Option<PathBuf>,
}

impl Remembered {
    /// Reads the file. Without it, every device is new.
    pub fn load() -> Self {
        let directories = Directories::from_environment();
        let path = directories.choices().ok().cloned();
        let choices = path
            .as_deref()
            .map(Choices::load)
            .unwrap_or_else(|| Ok(Choices::default()));
        match choices {
            Ok(choices) => Remembered { choices, path },
            Err(error) => {
                cli_main::warning(error);
                // A file that cannot be parsed is kept as it is.
                Remembered {
                    choices: Choices::default(),
                    path: None,
                }
            }
        }
    }

    /// Remembers the profile of a device. A device without a serial number is not remembered.
    pub fn remember(&mut self, serial: Option<&str>, profile: &str) {
        let (Some(serial), Some(path)) = (serial, &self.path) else {
            return;
        };
        let saved = self.choices.insert(serial, profile);
        if let Err(error) = saved.and_then(|()| self.choices.save(path)) {
            cli_main::warning(format!("cannot remember the profile: {error}"));
        }
    }
}
