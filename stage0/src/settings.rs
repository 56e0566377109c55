//! Where stage0's settings are: files under `/etc/stage0/`, one setting a file, overridden by
//! `stage0.<setting>=<value>` on the kernel command line.
//!
//! What is wrong with a setting is warned about and then passed over: a slip should not keep a
//! device from booting that could boot without it.

use std::fs;
use std::io;
use std::path::Path;

use stage0_settings::Settings;

use crate::directory::names_if_there;

/// Settings, and what was wrong with some.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// All that could be understood.
    pub settings: Settings,
    /// A line for each thing that could not.
    pub warnings: Vec<String>,
}

impl Loaded {
    /// Reads the files in `directory`, which need not exist, then the kernel command line that the
    /// file `command_line` holds.
    pub fn read(directory: &Path, command_line: &Path) -> Self {
        let mut loaded = Loaded::default();
        loaded.read_directory(directory).unwrap_or_else(|error| {
            loaded.warn("files", error);
        });
        match fs::read(command_line) {
            // Not all of it need be UTF-8: it is not all for us.
            Ok(line) => loaded.apply_command_line(&String::from_utf8_lossy(&line)),
            Err(error) => loaded.warn(command_line.display(), error),
        }
        loaded
    }

    fn read_directory(&mut self, directory: &Path) -> io::Result<()> {
        for key in names_if_there(directory)? {
            let path = directory.join(&key);
            let read = fs::read_to_string(&path);
            match read.map(|value| self.settings.set(&key, value.trim())) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.warn(path.display(), error),
                Err(error) => self.warn(path.display(), error),
            }
        }
        Ok(())
    }

    fn apply_command_line(&mut self, line: &str) {
        for error in self.settings.apply_command_line(line) {
            self.warn("the kernel command line", error);
        }
    }

    fn warn(&mut self, place: impl std::fmt::Display, problem: impl std::fmt::Display) {
        self.warnings
            .push(format!("settings: {place}: {problem}; ignored"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stage0_settings::{OnError, RootDevice};
    use std::path::PathBuf;
    use temp_dir::TempDir;

    /// Settings files and a command line, as stage0 finds them.
    fn read(files: &[(&str, &[u8])], line: &[u8]) -> Loaded {
        let dir = TempDir::new().unwrap();
        let directory = dir.path().join("stage0");
        fs::create_dir(&directory).unwrap();
        for (name, content) in files {
            fs::write(directory.join(name), content).unwrap();
        }
        let cmdline = dir.path().join("cmdline");
        fs::write(&cmdline, line).unwrap();
        Loaded::read(&directory, &cmdline)
    }

    #[test]
    fn nothing_configured_is_the_default_without_a_word() {
        let loaded = read(&[], b"quiet root=/dev/sda1 console=ttyS0 \xff\n");
        assert_eq!(loaded, Loaded::default());
    }

    #[test]
    fn files_are_read_and_trimmed() {
        let loaded = read(
            &[("root", b"  /dev/sda1 \n"), ("on_error", b"reboot\n")],
            b"",
        );
        let root = RootDevice::Path("/dev/sda1".into());
        assert_eq!(loaded.settings.root, Some(root));
        assert_eq!(loaded.settings.on_error, OnError::Reboot);
        assert_eq!(loaded.warnings, [""; 0]);
    }

    #[test]
    fn the_command_line_comes_first() {
        let files: [(&str, &[u8]); 2] = [("root", b"/dev/a"), ("on_error", b"reboot")];
        let loaded = read(&files, b"stage0.root=\"LABEL=b c\" stage0.on-error=shell");
        let root = RootDevice::Label("b c".into());
        assert_eq!(loaded.settings.root, Some(root));
        assert_eq!(loaded.settings.on_error, OnError::Shell);
        assert_eq!(read(&files, b"stage0.root=").settings.root, None);
    }

    #[test]
    fn what_is_wrong_is_warned_about_with_its_place() {
        let loaded = read(
            &[("root", b"\xff"), ("other", b""), ("timeout", b"soon")],
            b"stage0.on_error=shell stage0.typo=1",
        );
        assert_eq!(loaded.settings.root, None);
        assert_eq!(loaded.settings.on_error, OnError::Shell);
        let [other, root, timeout, typo] = &loaded.warnings[..] else {
            panic!("{:?}", loaded.warnings);
        };
        assert!(other.contains("/stage0/other: there is no setting"));
        assert!(root.contains("/stage0/root: "));
        assert!(timeout.contains("/stage0/timeout: timeout is \"soon\", "));
        assert!(typo.starts_with("settings: the kernel command line: "));
        assert!(typo.ends_with("; ignored"));
    }

    #[test]
    fn a_missing_directory_is_nothing_special_but_a_missing_command_line_is() {
        let gone = PathBuf::from("/nowhere/at/all");
        let loaded = Loaded::read(&gone, &gone);
        assert_eq!(loaded.settings, Settings::default());
        assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
    }
}
