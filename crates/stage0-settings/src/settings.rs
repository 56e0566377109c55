//! The values of all settings, and how they are set.

use std::fmt;

use crate::cmdline::{normalize_name, parameters};
use crate::root::RootDevice;
use crate::table::TABLE;
use crate::value::{self, OnError, Ostree, RootFs, UsbInterface};

/// The values of all settings. [`TABLE`] describes what each one means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `root`; `None` if it is not set, which is an error in stage0.
    pub root: Option<RootDevice>,
    /// `usb_interface`: the class of the USB interface.
    pub usb_interface: UsbInterface,
    /// `usb_console`: whether the USB gadget has a serial port too.
    pub usb_console: bool,
    /// `rootfs`; `None` is `auto`.
    pub rootfs: Option<RootFs>,
    /// `modules`: names of kernel modules, in the order given.
    pub modules: Vec<String>,
    /// `timeout` in seconds; 0 waits forever.
    pub timeout: u32,
    /// `overlay_size`, a valid value of the tmpfs mount option `size=`.
    pub overlay_size: String,
    /// `ostree`: which deployment to boot.
    pub ostree: Ostree,
    /// `init`: an absolute path in the root file system; `None` if it is not set.
    pub init: Option<String>,
    /// `serial`: the serial number of the device; `None` if it is not set.
    pub serial: Option<String>,
    /// `on_error`: the action after a failure.
    pub on_error: OnError,
    /// The kernel's own parameter `init=`; `None` if it is missing or empty.
    pub kernel_init: Option<String>,
    /// OSTree's kernel parameter `ostree=`; `None` if it is missing.
    pub kernel_ostree: Option<String>,
    /// The boot loader's parameter `androidboot.slot_suffix=`, such as `_a`; `None` if it is missing
    /// or empty.
    pub slot_suffix: Option<String>,
    /// Whether there is any parameter of Android's boot loader, `androidboot.…`.
    pub is_android: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            root: None,
            usb_interface: UsbInterface::Fastboot,
            usb_console: false,
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
            slot_suffix: None,
            is_android: false,
        }
    }
}

/// Why a setting is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingError {
    /// There is no setting of this name.
    UnknownKey(String),
    /// The value is not valid for the setting.
    BadValue {
        /// The name of the setting.
        key: &'static str,
        /// The rejected value.
        value: String,
        /// The valid values, such as [`Setting::values`](crate::Setting::values), as a phrase that
        /// follows "expected".
        expected: &'static str,
    },
    /// The parameter `stage0.<key>` on the kernel command line has no `=`.
    NoValue(String),
}

impl Settings {
    /// Sets a setting; `-` and `_` are equivalent in `key`. An empty value restores the default.
    ///
    /// An error leaves all settings unchanged.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SettingError> {
        let name = normalize_name(key);
        let Some(setting) = TABLE.iter().find(|setting| setting.key == name) else {
            return Err(SettingError::UnknownKey(key.to_owned()));
        };
        if value.is_empty() {
            self.reset(setting.key);
            return Ok(());
        }
        let bad_value = |expected| SettingError::BadValue {
            key: setting.key,
            value: value.to_owned(),
            expected,
        };
        if setting.key == "root" {
            self.root = Some(RootDevice::parse(value).map_err(bad_value)?);
            return Ok(());
        }
        self.set_value(setting.key, value)
            .ok_or_else(|| bad_value(setting.values))
    }

    /// Sets any setting but `root`; `None` if the value is not valid.
    fn set_value(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "usb_interface" => self.usb_interface = UsbInterface::parse(value)?,
            "usb_console" => self.usb_console = value::parse_switch(value)?,
            "rootfs" if value == "auto" => self.rootfs = None,
            "rootfs" => self.rootfs = Some(RootFs::parse(value)?),
            "modules" => self.modules = value::parse_modules(value)?,
            "timeout" => self.timeout = value::parse_timeout(value)?,
            "overlay_size" => self.overlay_size = value::parse_overlay_size(value)?,
            "ostree" => self.ostree = Ostree::parse(value)?,
            "init" => self.init = value::is_absolute(value).then(|| Some(value.to_owned()))?,
            "serial" => self.serial = Some(value::parse_serial(value)?),
            "on_error" => self.on_error = OnError::parse(value)?,
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self, key: &str) {
        let default = Settings::default();
        match key {
            "root" => self.root = default.root,
            "usb_interface" => self.usb_interface = default.usb_interface,
            "usb_console" => self.usb_console = default.usb_console,
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

    /// Applies the parameters of a kernel command line. The last parameter of a name wins. Invalid
    /// parameters are skipped and their errors returned.
    pub fn apply_command_line(&mut self, line: &str) -> Vec<SettingError> {
        let mut errors = Vec::new();
        for (name, value) in parameters(line) {
            let result = match (name.strip_prefix("stage0."), value) {
                (Some(key), Some(value)) => self.set(key, value),
                (Some(_), None) => Err(SettingError::NoValue(name)),
                (None, _) => {
                    self.set_from_kernel_parameter(&name, value.unwrap_or_default());
                    Ok(())
                }
            };
            errors.extend(result.err());
        }
        errors
    }

    /// Stores the parameters of the kernel and of OSTree that stage0 handles in their place.
    fn set_from_kernel_parameter(&mut self, name: &str, value: &str) {
        let value = Some(value.to_owned()).filter(|value| !value.is_empty());
        self.is_android |= name.starts_with("androidboot.");
        match name {
            "init" => self.kernel_init = value,
            "ostree" => self.kernel_ostree = Some(value.unwrap_or_default()),
            "androidboot.slot_suffix" => self.slot_suffix = value,
            _ => {}
        }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingError::UnknownKey(key) => write!(f, "unknown setting {key:?}"),
            SettingError::BadValue {
                key,
                value,
                expected,
            } => {
                write!(f, "{key}: invalid value {value:?}: expected {expected}")
            }
            SettingError::NoValue(name) => write!(f, "{name}: missing value; write {name}=…"),
        }
    }
}

impl std::error::Error for SettingError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A valid value for each setting, other than its default.
    const VALUES: [(&str, &str); 11] = [
        ("root", "LABEL=a"),
        ("usb_interface", "smoo"),
        ("usb_console", "on"),
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
    fn sets_and_resets_every_setting_of_the_table() {
        for setting in TABLE {
            let (key, value) = VALUES.iter().find(|(key, _)| *key == setting.key).unwrap();
            let mut settings = Settings::default();
            settings.set(key, value).unwrap();
            assert_ne!(settings, Settings::default(), "{key}");
            settings.set(key, "").unwrap();
            assert_eq!(settings, Settings::default(), "{key}");
            // The error message of an invalid value ends with the table's text.
            let error = settings.set(key, "\u{1}").unwrap_err();
            assert!(error.to_string().ends_with(setting.values), "{error}");
            assert_eq!(settings, Settings::default(), "{key}");
        }
    }

    #[test]
    fn table_matches_the_defaults() {
        let default_of = |key| TABLE.iter().find(|s| s.key == key).unwrap().default;
        for key in ["rootfs", "timeout", "overlay_size", "ostree", "on_error"] {
            let mut settings = Settings::default();
            settings.set(key, default_of(key)).unwrap();
            assert_eq!(settings, Settings::default(), "{key}");
        }
    }

    #[test]
    fn command_line_sets_only_parameters_of_stage0() {
        let (settings, errors) = command_line("quiet root=/dev/sda1 console=ttyS0");
        assert_eq!((settings, errors), (Settings::default(), vec![]));
        let (settings, errors) = command_line("stage0.root=\"LABEL=b c\" stage0.on-error=shell");
        assert_eq!(errors, []);
        assert_eq!(settings.root, Some(RootDevice::Label("b c".into())));
        assert_eq!(settings.on_error, OnError::Shell);
    }

    #[test]
    fn last_parameter_of_a_name_wins() {
        let (settings, _) = command_line("stage0.timeout=1 stage0.timeout=2");
        assert_eq!(settings.timeout, 2);
    }

    #[test]
    fn stores_parameters_of_the_kernel_and_ostree_separately() {
        let (settings, errors) = command_line("init=/bin/sh ostree=/ostree/boot.1/a init=");
        assert_eq!(errors, []);
        assert_eq!(
            settings.kernel_init, None,
            "the last one wins, and it is empty"
        );
        assert_eq!(settings.kernel_ostree.as_deref(), Some("/ostree/boot.1/a"));
        assert_eq!((settings.init, settings.ostree), (None, Ostree::Auto));
    }

    #[test]
    fn reports_and_skips_invalid_parameters() {
        for (line, words) in [
            ("stage0.rot=a", "unknown setting \"rot\""),
            ("stage0.=a", "unknown setting \"\""),
            ("stage0.on_error=explode", "hang, reboot, poweroff or shell"),
            ("stage0.root", "stage0.root: missing value"),
        ] {
            let (settings, errors) = command_line(line);
            assert_eq!(settings, Settings::default(), "{line}");
            assert_eq!(errors.len(), 1, "{line}");
            assert!(errors[0].to_string().contains(words), "{errors:?}");
        }
    }
}
