//! Where profiles and remembered choices are.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::Error;

/// The packages' directory.
const SYSTEM: &str = "/usr/share/fastboop/devpro";

/// The directories of the user and the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    /// The directories with profiles. The first takes precedence.
    pub profiles: Vec<PathBuf>,
    /// The file with the remembered choices; `None` if the environment does not name a directory for it.
    choices: Option<PathBuf>,
}

impl Directories {
    /// The directories that this process's environment names.
    pub fn from_environment() -> Self {
        Self::new(|name| std::env::var_os(name))
    }

    /// The directories by the values of environment variables:
    ///
    /// 1. `fastboop/devpro` in `$XDG_CONFIG_HOME` or `~/.config`;
    /// 2. each in `$FASTBOOP_SCHEMA_PATH`, separated by colons;
    /// 3. `/usr/share/fastboop/devpro`.
    ///
    /// The choices are in `fastboop/devices.toml` in `$XDG_STATE_HOME` or `~/.local/state`.
    pub fn new(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name: &str| variable(name).map(PathBuf::from);
        let base = |name: &str, default: &str| {
            // The XDG base directory specification: relative paths are ignored.
            let given = path(name).filter(|path| path.is_absolute());
            let home = || path("HOME").filter(|home| !home.as_os_str().is_empty());
            given.or_else(|| Some(home()?.join(default)))
        };
        let user = base("XDG_CONFIG_HOME", ".config").map(|base| base.join("fastboop/devpro"));
        let list = variable("FASTBOOP_SCHEMA_PATH").unwrap_or_default();
        let listed = std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty());
        let mut profiles = Vec::new();
        for directory in user.into_iter().chain(listed).chain([SYSTEM.into()]) {
            if !profiles.contains(&directory) {
                profiles.push(directory);
            }
        }
        Directories {
            profiles,
            choices: base("XDG_STATE_HOME", ".local/state")
                .map(|base| base.join("fastboop/devices.toml")),
        }
    }

    /// The file with the remembered choices.
    ///
    /// # Errors
    /// [`Error::NoStateDirectory`] if the environment does not name a directory for it.
    pub fn choices(&self) -> Result<&PathBuf, Error> {
        self.choices.as_ref().ok_or(Error::NoStateDirectory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directories(variables: &[(&str, &str)]) -> Directories {
        Directories::new(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_users_take_precedence() {
        let found = directories(&[
            ("HOME", "/home/a"),
            ("FASTBOOP_SCHEMA_PATH", "/one::two:/one"),
        ]);
        let expected = [
            "/home/a/.config/fastboop/devpro",
            "/one",
            "two",
            "/usr/share/fastboop/devpro",
        ];
        assert_eq!(found.profiles, expected.map(PathBuf::from));
        let choices = "/home/a/.local/state/fastboop/devices.toml";
        assert_eq!(found.choices().unwrap(), &PathBuf::from(choices));
    }

    #[test]
    fn xdg_variables_replace_the_defaults_unless_they_are_relative() {
        let found = directories(&[
            ("HOME", "/home/a"),
            ("XDG_CONFIG_HOME", "/config"),
            ("XDG_STATE_HOME", "state"),
        ]);
        assert_eq!(found.profiles[0], PathBuf::from("/config/fastboop/devpro"));
        let choices = "/home/a/.local/state/fastboop/devices.toml";
        assert_eq!(found.choices().unwrap(), &PathBuf::from(choices));
    }

    #[test]
    fn without_a_home_only_the_systems_are_left() {
        for home in [&[][..], &[("HOME", "")]] {
            let found = directories(home);
            assert_eq!(found.profiles, [PathBuf::from(SYSTEM)]);
            assert!(matches!(found.choices(), Err(Error::NoStateDirectory)));
        }
    }
}
