//! Reads stage0's settings: files under `/etc/stage0/`, one setting per file, overridden by
//! `stage0.<setting>=<value>` on the kernel command line.
//!
//! An invalid setting is only a warning: a typo must not keep a device from booting that could boot
//! without the setting.

use std::fs;
use std::io;
use std::path::Path;

use stage0_settings::Settings;

use crate::directory::read_names_if_exists;

/// The settings, and warnings about invalid ones.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LoadedSettings {
    /// All valid settings.
    pub settings: Settings,
    /// One line for each setting or file that was ignored.
    pub warnings: Vec<String>,
}

impl LoadedSettings {
    /// Reads the files in `directory`, which need not exist, then the kernel command line in the file
    /// `command_line`.
    pub fn read(directory: &Path, command_line: &Path) -> Self {
        let mut loaded = LoadedSettings::default();
        loaded.read_directory(directory).unwrap_or_else(|error| {
            loaded.warn("files", error);
        });
        let bootconfig = fs::read_to_string(command_line.with_file_name("bootconfig"));
        loaded.apply_bootconfig(&bootconfig.unwrap_or_default());
        match fs::read(command_line) {
            // Parameters for others need not be UTF-8.
            Ok(line) => loaded.apply_command_line(&String::from_utf8_lossy(&line)),
            Err(error) => loaded.warn(command_line.display(), error),
        }
        loaded
    }

    fn read_directory(&mut self, directory: &Path) -> io::Result<()> {
        for key in read_names_if_exists(directory)? {
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

    /// Newer boot loaders of Android write their parameters there: `key = "value"`.
    fn apply_bootconfig(&mut self, text: &str) {
        let settings = &mut self.settings;
        for name in text
            .lines()
            .filter_map(|line| line.strip_prefix("androidboot."))
        {
            settings.is_android = true;
            let value = name.strip_prefix("slot_suffix = \"");
            if let Some(value) = value.and_then(|value| value.strip_suffix('"')) {
                settings.slot_suffix = Some(value.to_owned());
            }
        }
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

    /// Reads settings from these files and this command line.
    fn read(files: &[(&str, &[u8])], line: &[u8]) -> LoadedSettings {
        let dir = TempDir::new().unwrap();
        let directory = dir.path().join("stage0");
        fs::create_dir(&directory).unwrap();
        for (name, content) in files {
            fs::write(directory.join(name), content).unwrap();
        }
        let cmdline = dir.path().join("cmdline");
        fs::write(&cmdline, line).unwrap();
        LoadedSettings::read(&directory, &cmdline)
    }

    #[test]
    fn defaults_apply_without_warnings() {
        let loaded = read(&[], b"quiet root=/dev/sda1 console=ttyS0 \xff\n");
        assert_eq!(loaded, LoadedSettings::default());
    }

    #[test]
    fn trims_the_content_of_files() {
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
    fn bootconfig_has_the_slot_unless_the_command_line_has() {
        let dir = TempDir::new().unwrap();
        let text =
            "androidboot.hardware = \"x\"\nandroidboot.slot_suffix = \"_b\"\nkernel.a = \"b\"\n";
        fs::write(dir.path().join("bootconfig"), text).unwrap();
        for (line, expected) in [("", "_b"), ("androidboot.slot_suffix=_a", "_a")] {
            let cmdline = dir.path().join("cmdline");
            fs::write(&cmdline, line).unwrap();
            let settings = LoadedSettings::read(&dir.path().join("none"), &cmdline).settings;
            assert_eq!(settings.slot_suffix.as_deref(), Some(expected));
            assert!(settings.is_android);
        }
    }

    #[test]
    fn command_line_takes_precedence_over_files() {
        let files: [(&str, &[u8]); 2] = [("root", b"/dev/a"), ("on_error", b"reboot")];
        let loaded = read(&files, b"stage0.root=\"LABEL=b c\" stage0.on-error=shell");
        let root = RootDevice::Label("b c".into());
        assert_eq!(loaded.settings.root, Some(root));
        assert_eq!(loaded.settings.on_error, OnError::Shell);
        assert_eq!(read(&files, b"stage0.root=").settings.root, None);
    }

    #[test]
    fn warnings_name_the_file_or_the_command_line() {
        let loaded = read(
            &[("root", b"\xff"), ("other", b""), ("timeout", b"soon")],
            b"stage0.on_error=shell stage0.typo=1",
        );
        assert_eq!(loaded.settings.root, None);
        assert_eq!(loaded.settings.on_error, OnError::Shell);
        let [other, root, timeout, typo] = &loaded.warnings[..] else {
            panic!("{:?}", loaded.warnings);
        };
        assert!(other.contains("/stage0/other: unknown setting"));
        assert!(root.contains("/stage0/root: "));
        assert!(timeout.contains("/stage0/timeout: timeout: invalid value \"soon\": "));
        assert!(typo.starts_with("settings: the kernel command line: "));
        assert!(typo.ends_with("; ignored"));
    }

    #[test]
    fn only_the_command_line_must_exist() {
        let gone = PathBuf::from("/nowhere/at/all");
        let loaded = LoadedSettings::read(&gone, &gone);
        assert_eq!(loaded.settings, Settings::default());
        assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
    }
}
