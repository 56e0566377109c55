//! stage0's settings: files under `/etc/stage0/`, one setting a file, overridden by
//! `stage0.<setting>=<value>` on the kernel command line.
//!
//! What is wrong with a setting is warned about and then passed over: a slip should not keep a
//! device from booting that could boot without it.

use std::fs;
use std::io;
use std::path::Path;

use crate::cmdline;

/// What stage0 was told.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `root`: the root to boot. Empty is as good as absent, so the command line can take back what
    /// a file says.
    pub root: Option<String>,
    /// `on_error`
    pub on_error: OnError,
}

/// What to do after a failure.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// Wait for ever. The default, because the message stays readable.
    #[default]
    Hang,
    /// Restart the machine.
    Reboot,
    /// Switch it off.
    PowerOff,
    /// Run a shell on the console.
    Shell,
}

impl OnError {
    const ALL: [OnError; 4] = [
        OnError::Hang,
        OnError::Reboot,
        OnError::PowerOff,
        OnError::Shell,
    ];

    /// How it is spelled.
    pub fn name(self) -> &'static str {
        match self {
            OnError::Hang => "hang",
            OnError::Reboot => "reboot",
            OnError::PowerOff => "poweroff",
            OnError::Shell => "shell",
        }
    }
}

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
            loaded.warn(directory.display(), error);
        });
        match fs::read(command_line) {
            // Not all of it need be UTF-8: it is not all for us.
            Ok(line) => loaded.apply_command_line(&String::from_utf8_lossy(&line)),
            Err(error) => loaded.warn(command_line.display(), error),
        }
        loaded
    }

    fn read_directory(&mut self, directory: &Path) -> io::Result<()> {
        let mut paths = match fs::read_dir(directory) {
            Ok(entries) => entries
                .map(|entry| Ok(entry?.path()))
                .collect::<io::Result<Vec<_>>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        paths.sort();
        for path in paths {
            let key = path.file_name().unwrap_or_default().to_string_lossy();
            match fs::read_to_string(&path) {
                Ok(value) => self.set(&key, value.trim(), &path.display().to_string()),
                Err(error) => self.warn(path.display(), error),
            }
        }
        Ok(())
    }

    fn apply_command_line(&mut self, line: &str) {
        for (name, value) in cmdline::parameters(line) {
            let Some(key) = name.strip_prefix("stage0.") else {
                continue;
            };
            let place = "the kernel command line";
            match value {
                Some(value) => self.set(key, value, place),
                None => self.warn(place, format!("{name} has no value; write {name}=…")),
            }
        }
    }

    /// Takes one setting that was found in `place`.
    fn set(&mut self, key: &str, value: &str, place: &str) {
        match cmdline::normal(key).as_str() {
            "root" => self.settings.root = Some(value.to_owned()).filter(|root| !root.is_empty()),
            "on_error" => match OnError::ALL
                .into_iter()
                .find(|action| action.name() == value)
            {
                Some(action) => self.settings.on_error = action,
                None => {
                    let names = OnError::ALL.map(OnError::name).join(", ");
                    self.warn(place, format!("on_error is {value:?}, not one of {names}"));
                }
            },
            _ => self.warn(place, format!("there is no setting {key:?}")),
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
    use std::path::PathBuf;
    use temp_dir::TempDir;

    fn command_line(line: &str) -> Loaded {
        let mut loaded = Loaded::default();
        loaded.apply_command_line(line);
        loaded
    }

    /// Settings files and a command line, as stage0 finds them.
    fn read(files: &[(&str, &[u8])], line: &str) -> Loaded {
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
        let loaded = read(&[], "quiet root=/dev/sda1 console=ttyS0\n");
        assert_eq!(loaded, Loaded::default());
        assert_eq!(loaded.settings.on_error, OnError::Hang);
    }

    #[test]
    fn files_are_read_and_trimmed() {
        let loaded = read(
            &[("root", b"  /dev/sda1 \n"), ("on_error", b"reboot\n")],
            "",
        );
        assert_eq!(loaded.settings.root.as_deref(), Some("/dev/sda1"));
        assert_eq!(loaded.settings.on_error, OnError::Reboot);
        assert_eq!(loaded.warnings, [""; 0]);
    }

    #[test]
    fn the_command_line_comes_first() {
        let files: [(&str, &[u8]); 2] = [("root", b"a"), ("on_error", b"reboot")];
        let loaded = read(&files, "stage0.root=\"b c\" stage0.on-error=shell");
        assert_eq!(loaded.settings.root.as_deref(), Some("b c"));
        assert_eq!(loaded.settings.on_error, OnError::Shell);
        assert_eq!(read(&files, "stage0.root=").settings.root, None);
    }

    #[test]
    fn the_last_of_several_counts() {
        let loaded = command_line("stage0.root=a stage0.root=b");
        assert_eq!(loaded.settings.root.as_deref(), Some("b"));
    }

    #[test]
    fn every_action_has_its_word() {
        for action in OnError::ALL {
            let loaded = command_line(&format!("stage0.on_error={}", action.name()));
            assert_eq!(loaded.settings.on_error, action);
            assert_eq!(loaded.warnings, [""; 0]);
        }
    }

    #[test]
    fn what_is_wrong_is_warned_about_and_passed_over() {
        for (line, words) in [
            ("stage0.rot=a", "no setting \"rot\""),
            ("stage0.=a", "no setting \"\""),
            ("stage0.on_error=explode", "hang, reboot, poweroff, shell"),
            ("stage0.root", "has no value"),
        ] {
            let loaded = command_line(line);
            assert_eq!(loaded.settings, Settings::default(), "{line}");
            assert_eq!(loaded.warnings.len(), 1, "{line}");
            assert!(loaded.warnings[0].contains(words), "{:?}", loaded.warnings);
            assert!(loaded.warnings[0].contains("the kernel command line"));
        }
        let loaded = read(
            &[("root", b"\xff"), ("other", b"")],
            "stage0.on_error=shell",
        );
        assert_eq!(loaded.settings.root, None);
        assert_eq!(loaded.settings.on_error, OnError::Shell);
        assert_eq!(loaded.warnings.len(), 2, "{:?}", loaded.warnings);
        assert!(loaded.warnings[0].contains("/stage0/other: there is no setting"));
        assert!(loaded.warnings[1].contains("/stage0/root: "));
    }

    #[test]
    fn a_missing_directory_is_nothing_special_but_a_missing_command_line_is() {
        let gone = PathBuf::from("/nowhere/at/all");
        let loaded = Loaded::read(&gone, &gone);
        assert_eq!(loaded.settings, Settings::default());
        assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
    }
}
