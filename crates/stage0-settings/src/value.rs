//! The values of settings, and their parsers.

/// The value of `on_error`: what to do after a failure.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// Wait forever. The default, because the message stays on the screen.
    #[default]
    Hang,
    /// Restart the device.
    Reboot,
    /// Power off the device.
    PowerOff,
    /// Run /bin/sh on the console, then wait forever.
    Shell,
}

impl OnError {
    const ALL: [OnError; 4] = [
        OnError::Hang,
        OnError::Reboot,
        OnError::PowerOff,
        OnError::Shell,
    ];

    /// The value as it is written in a setting.
    pub fn name(self) -> &'static str {
        match self {
            OnError::Hang => "hang",
            OnError::Reboot => "reboot",
            OnError::PowerOff => "poweroff",
            OnError::Shell => "shell",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == text)
    }
}

/// A supported root file system; all are mounted read-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootFs {
    /// EROFS, a compressed read-only file system.
    Erofs,
    /// ext4; also ext2 and ext3. Mounted with `noload`, as replaying the journal would write.
    Ext4,
    /// SquashFS, a compressed read-only file system.
    Squashfs,
}

impl RootFs {
    const ALL: [RootFs; 3] = [RootFs::Erofs, RootFs::Ext4, RootFs::Squashfs];

    /// The kernel's name of the file system.
    pub fn name(self) -> &'static str {
        match self {
            RootFs::Erofs => "erofs",
            RootFs::Ext4 => "ext4",
            RootFs::Squashfs => "squashfs",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == text)
    }
}

/// The value of `usb_interface`: the class of the USB interface of a root over USB.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum UsbInterface {
    /// That of fastboot, to which systemd's rules grant users of the host access.
    #[default]
    Fastboot,
    /// That of smoo, which smoo's programs look for.
    Smoo,
}

impl UsbInterface {
    const ALL: [UsbInterface; 2] = [UsbInterface::Fastboot, UsbInterface::Smoo];

    /// The value as it is written in a setting.
    pub fn name(self) -> &'static str {
        match self {
            UsbInterface::Fastboot => "fastboot",
            UsbInterface::Smoo => "smoo",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == text)
    }
}

/// Parses `on` or `off`.
pub(crate) fn parse_switch(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// The value of `ostree`: whether to boot an OSTree deployment, and which.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Ostree {
    /// The deployment of the kernel parameter `ostree=`, if present.
    #[default]
    Auto,
    /// No deployment, even if the kernel command line has `ostree=`.
    Off,
    /// The deployment at this path in the root file system.
    Path(String),
}

impl Ostree {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Ostree::Auto),
            "off" => Some(Ostree::Off),
            path => is_absolute(path).then(|| Ostree::Path(path.to_owned())),
        }
    }
}

/// Whether `path` is absolute, and not `/` itself.
pub(crate) fn is_absolute(path: &str) -> bool {
    path.len() > 1 && path.starts_with('/') && !path.contains('\0')
}

/// The maximum `timeout` in seconds: a day. A longer one is probably meant to be 0, forever.
const MAX_TIMEOUT: u32 = 86_400;

pub(crate) fn parse_timeout(text: &str) -> Option<u32> {
    parse_number(text).filter(|seconds| *seconds <= MAX_TIMEOUT)
}

/// Accepts the values of the tmpfs mount option `size=` except 0, which would be no limit.
pub(crate) fn parse_overlay_size(text: &str) -> Option<String> {
    let valid = match text.strip_suffix('%') {
        Some(share) => parse_number(share).is_some_and(|share| (1..=100).contains(&share)),
        None => parse_number(
            text.strip_suffix(['k', 'K', 'm', 'M', 'g', 'G'])
                .unwrap_or(text),
        )
        .is_some_and(|size| size > 0),
    };
    valid.then(|| text.to_owned())
}

/// Parses decimal digits; unlike [`str::parse`] it rejects a sign.
fn parse_number(text: &str) -> Option<u32> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

pub(crate) fn parse_modules(text: &str) -> Option<Vec<String>> {
    text.split(',')
        .map(str::trim)
        .map(|name| is_module_name(name).then(|| name.to_owned()))
        .collect()
}

fn is_module_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.bytes().all(is_allowed)
}

/// The maximum length of a serial number in characters. Those of USB devices are shorter.
const MAX_SERIAL_LENGTH: usize = 256;

pub(crate) fn parse_serial(text: &str) -> Option<String> {
    let is_short = text.chars().count() <= MAX_SERIAL_LENGTH;
    (is_short && !text.contains(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_every_name() {
        for action in OnError::ALL {
            assert_eq!(OnError::parse(action.name()), Some(action));
        }
        for kind in RootFs::ALL {
            assert_eq!(RootFs::parse(kind.name()), Some(kind));
        }
        for class in UsbInterface::ALL {
            assert_eq!(UsbInterface::parse(class.name()), Some(class));
        }
        assert_eq!(UsbInterface::parse("ums"), None);
        assert_eq!(parse_switch("off"), Some(false));
        assert_eq!(parse_switch("1"), None);
        assert_eq!(OnError::parse("explode"), None);
        assert_eq!(RootFs::parse("vfat"), None);
    }

    #[test]
    fn accepts_timeouts_up_to_a_day() {
        assert_eq!(parse_timeout("0"), Some(0));
        assert_eq!(parse_timeout("86400"), Some(86_400));
        for text in ["", "-1", "+1", "1s", "86401", "99999999999999"] {
            assert_eq!(parse_timeout(text), None, "{text:?}");
        }
    }

    #[test]
    fn accepts_sizes_in_percent_or_bytes() {
        for text in ["1%", "100%", "1", "256M", "1g", "4096k"] {
            assert_eq!(parse_overlay_size(text).as_deref(), Some(text));
        }
        for text in [
            "",
            "0",
            "0M",
            "0%",
            "101%",
            "%",
            "M",
            "1T",
            "1 M",
            "1,mode=0777",
        ] {
            assert_eq!(parse_overlay_size(text), None, "{text:?}");
        }
    }

    #[test]
    fn splits_modules_at_commas() {
        assert_eq!(parse_modules("a, b-c").unwrap(), ["a", "b-c"]);
        for text in ["", ",", "a,", "a b", "../a", "a.ko"] {
            assert_eq!(parse_modules(text), None, "{text:?}");
        }
    }

    #[test]
    fn accepts_only_absolute_deployment_paths() {
        assert_eq!(
            Ostree::parse("/ostree/boot.1/x"),
            Some(Ostree::Path("/ostree/boot.1/x".into()))
        );
        assert_eq!(Ostree::parse("off"), Some(Ostree::Off));
        for text in ["", "/", "on", "ostree/boot"] {
            assert_eq!(Ostree::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn accepts_short_printable_serials() {
        assert_eq!(parse_serial("A b-1").as_deref(), Some("A b-1"));
        assert_eq!(parse_serial("a\nb"), None);
        assert_eq!(parse_serial(&"a".repeat(257)), None);
    }
}
