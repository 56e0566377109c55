//! All settings together, and how one is set.

use std::fmt;

use crate::cmdline::{normal, parameters};
use crate::root::RootDevice;
use crate::table::TABLE;
use crate::value::{self, OnError, Ostree, RootFs};

/// What stage0 was told. [`TABLE`] says what each means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `root`
    pub root: Option<RootDevice>,
    /// `rootfs`; none is `auto`.
    pub rootfs: Option<RootFs>,
    /// `modules`
    pub modules: Vec<String>,
    /// `timeout` in seconds; 0 is for ever.
    pub timeout: u32,
    /// `overlay_size`, as tmpfs's `size=` takes it.
    pub overlay_size: String,
    /// `ostree`
    pub ostree: Ostree,
    /// `init`
    pub init: Option<String>,
    /// `serial`
    pub serial: Option<String>,
    /// `on_error`
    pub on_error: OnError,
    /// `init=` on the kernel command line, which is the kernel's and not ours.
    pub kernel_init: Option<String>,
    /// `ostree=` on the kernel command line, which is OSTree's.
    pub kernel_ostree: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            root: None,
            rootfs: None,
            modules: Vec::new(),
            timeout: 30,
            overlay_size: "50%".to_owned(),
            ostree: Ostree::Auto,
            init: None,
            serial: None,
            on_error: OnError::Hang,
            kernel_init: None,
            kernel_ostree: None,
        }
    }
}

/// Why a setting was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingError {
    /// There is no setting of this name.
    UnknownKey(String),
    /// The setting cannot have this value.
    BadValue {
        /// The setting.
        key: &'static str,
        /// What it was to be.
        value: String,
        /// What it may be.
        wanted: &'static str,
    },
    /// `stage0.<key>` stands on the kernel command line without a `=`.
    NoValue(String),
}

impl Settings {
    /// Sets one; `-` is `_` in a key. An empty value brings the default back.
    ///
    /// After an error all is as it was before.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SettingError> {
        let name = normal(key);
        let Some(setting) = TABLE.iter().find(|setting| setting.key == name) else {
            return Err(SettingError::UnknownKey(key.to_owned()));
        };
        if value.is_empty() {
            self.reset(setting.key);
            return Ok(());
        }
        self.parse(setting.key, value)
            .ok_or_else(|| SettingError::BadValue {
                key: setting.key,
                value: value.to_owned(),
                wanted: setting.values,
            })
    }

    fn parse(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "root" => self.root = Some(RootDevice::parse(value)?),
            "rootfs" if value == "auto" => self.rootfs = None,
            "rootfs" => self.rootfs = Some(RootFs::parse(value)?),
            "modules" => self.modules = value::modules(value)?,
            "timeout" => self.timeout = value::timeout(value)?,
            "overlay_size" => self.overlay_size = value::overlay_size(value)?,
            "ostree" => self.ostree = Ostree::parse(value)?,
            "init" => self.init = value::is_absolute(value).then(|| Some(value.to_owned()))?,
            "serial" => self.serial = Some(value::serial(value)?),
            "on_error" => self.on_error = OnError::parse(value)?,
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self, key: &str) {
        let default = Settings::default();
        match key {
            "root" => self.root = default.root,
            "rootfs" => self.rootfs = default.rootfs,
            "modules" => self.modules = default.modules,
            "timeout" => self.timeout = default.timeout,
            "overlay_size" => self.overlay_size = default.overlay_size,
            "ostree" => self.ostree = default.ostree,
            "init" => self.init = default.init,
            "serial" => self.serial = default.serial,
            "on_error" => self.on_error = default.on_error,
            _ => {}
        }
    }

    /// Sets what a kernel command line sets. The last of several counts. Returns what was wrong;
    /// the rest is set all the same.
    pub fn apply_command_line(&mut self, line: &str) -> Vec<SettingError> {
        let mut errors = Vec::new();
        for (name, value) in parameters(line) {
            let result = match (name.strip_prefix("stage0."), value) {
                (Some(key), Some(value)) => self.set(key, value),
                (Some(_), None) => Err(SettingError::NoValue(name)),
                (None, _) => {
                    self.set_kernel(&name, value.unwrap_or_default());
                    Ok(())
                }
            };
            errors.extend(result.err());
        }
        errors
    }

    /// What is meant for others, but is for us to do in their place.
    fn set_kernel(&mut self, name: &str, value: &str) {
        let path = || value::is_absolute(value).then(|| value.to_owned());
        match name {
            "init" => self.kernel_init = path(),
            "ostree" => self.kernel_ostree = path(),
            _ => {}
        }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingError::UnknownKey(key) => write!(f, "there is no setting {key:?}"),
            SettingError::BadValue { key, value, wanted } => {
                write!(f, "{key} is {value:?}, which is not {wanted}")
            }
            SettingError::NoValue(name) => write!(f, "{name} has no value; write {name}=…"),
        }
    }
}

impl std::error::Error for SettingError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value for each setting that is not its default.
    const VALUES: [(&str, &str); 9] = [
        ("root", "LABEL=a"),
        ("rootfs", "erofs"),
        ("modules", "erofs,overlay"),
        ("timeout", "5"),
        ("overlay_size", "256M"),
        ("ostree", "off"),
        ("init", "/sbin/init"),
        ("serial", "abc"),
        ("on_error", "reboot"),
    ];

    fn command_line(line: &str) -> (Settings, Vec<SettingError>) {
        let mut settings = Settings::default();
        let errors = settings.apply_command_line(line);
        (settings, errors)
    }

    #[test]
    fn every_setting_of_the_table_can_be_set_and_taken_back() {
        for setting in TABLE {
            let (key, value) = VALUES.iter().find(|(key, _)| *key == setting.key).unwrap();
            let mut settings = Settings::default();
            settings.set(key, value).unwrap();
            assert_ne!(settings, Settings::default(), "{key}");
            settings.set(key, "").unwrap();
            assert_eq!(settings, Settings::default(), "{key}");
            // And each refuses something, in the table's words.
            let error = settings.set(key, "\u{1}").unwrap_err();
            assert!(error.to_string().ends_with(setting.values), "{error}");
            assert_eq!(settings, Settings::default(), "{key}");
        }
    }

    #[test]
    fn the_table_has_the_defaults() {
        let default_of = |key| TABLE.iter().find(|s| s.key == key).unwrap().default;
        for key in ["rootfs", "timeout", "overlay_size", "ostree", "on_error"] {
            let mut settings = Settings::default();
            settings.set(key, default_of(key)).unwrap();
            assert_eq!(settings, Settings::default(), "{key}");
        }
    }

    #[test]
    fn the_command_line_sets_what_is_ours() {
        let (settings, errors) = command_line("quiet root=/dev/sda1 console=ttyS0");
        assert_eq!((settings, errors), (Settings::default(), vec![]));
        let (settings, errors) = command_line("stage0.root=\"LABEL=b c\" stage0.on-error=shell");
        assert_eq!(errors, []);
        assert_eq!(settings.root, Some(RootDevice::Label("b c".into())));
        assert_eq!(settings.on_error, OnError::Shell);
    }

    #[test]
    fn the_last_of_several_counts() {
        let (settings, _) = command_line("stage0.timeout=1 stage0.timeout=2");
        assert_eq!(settings.timeout, 2);
    }

    #[test]
    fn what_the_kernel_and_ostree_are_told_is_kept_apart() {
        let (settings, errors) = command_line("init=/bin/sh ostree=/ostree/boot.1/a init=");
        assert_eq!(errors, []);
        assert_eq!(
            settings.kernel_init, None,
            "the last counts, and it is empty"
        );
        assert_eq!(settings.kernel_ostree.as_deref(), Some("/ostree/boot.1/a"));
        assert_eq!((settings.init, settings.ostree), (None, Ostree::Auto));
    }

    #[test]
    fn what_is_wrong_is_said_and_passed_over() {
        for (line, words) in [
            ("stage0.rot=a", "no setting \"rot\""),
            ("stage0.=a", "no setting \"\""),
            ("stage0.on_error=explode", "hang, reboot, poweroff or shell"),
            ("stage0.root", "stage0.root has no value"),
        ] {
            let (settings, errors) = command_line(line);
            assert_eq!(settings, Settings::default(), "{line}");
            assert_eq!(errors.len(), 1, "{line}");
            assert!(errors[0].to_string().contains(words), "{errors:?}");
        }
    }
}
