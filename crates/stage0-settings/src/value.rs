//! The values of settings, and how they are spelled.

/// `on_error`: what to do after a failure.
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

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == text)
    }
}

/// A file system that a root can have; all of them are mounted read-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootFs {
    /// Compressed and read-only.
    Erofs,
    /// Mounted without replaying its journal, which would write.
    Ext4,
    /// Compressed and read-only.
    Squashfs,
}

impl RootFs {
    const ALL: [RootFs; 3] = [RootFs::Erofs, RootFs::Ext4, RootFs::Squashfs];

    /// The kernel's name for it.
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

/// `ostree`: whether and what to boot from an OSTree repository.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Ostree {
    /// What the kernel's `ostree=` names, if it is there.
    #[default]
    Auto,
    /// Nothing, whatever the kernel command line says.
    Off,
    /// This deployment: a path in the root file system.
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

/// A path from the root, with something after the slash.
pub(crate) fn is_absolute(path: &str) -> bool {
    path.len() > 1 && path.starts_with('/') && !path.contains('\0')
}

/// The largest `timeout`, a day. What is meant to be longer is meant to be for ever.
const LONGEST_TIMEOUT: u32 = 86_400;

pub(crate) fn timeout(text: &str) -> Option<u32> {
    number(text).filter(|seconds| *seconds <= LONGEST_TIMEOUT)
}

/// As tmpfs's `size=` takes it, but for 0, which would be no limit.
pub(crate) fn overlay_size(text: &str) -> Option<String> {
    let valid = match text.strip_suffix('%') {
        Some(share) => number(share).is_some_and(|share| (1..=100).contains(&share)),
        None => number(
            text.strip_suffix(['k', 'K', 'm', 'M', 'g', 'G'])
                .unwrap_or(text),
        )
        .is_some_and(|size| size > 0),
    };
    valid.then(|| text.to_owned())
}

/// Decimal digits, and nothing else.
fn number(text: &str) -> Option<u32> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

pub(crate) fn modules(text: &str) -> Option<Vec<String>> {
    text.split(',')
        .map(str::trim)
        .map(|name| is_module_name(name).then(|| name.to_owned()))
        .collect()
}

fn is_module_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.bytes().all(is_allowed)
}

/// The longest serial number in characters. USB's are shorter.
const LONGEST_SERIAL: usize = 256;

pub(crate) fn serial(text: &str) -> Option<String> {
    let is_short = text.chars().count() <= LONGEST_SERIAL;
    (is_short && !text.contains(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_its_value() {
        for action in OnError::ALL {
            assert_eq!(OnError::parse(action.name()), Some(action));
        }
        for kind in RootFs::ALL {
            assert_eq!(RootFs::parse(kind.name()), Some(kind));
        }
        assert_eq!(OnError::parse("explode"), None);
        assert_eq!(RootFs::parse("vfat"), None);
    }

    #[test]
    fn timeouts_are_seconds_up_to_a_day() {
        assert_eq!(timeout("0"), Some(0));
        assert_eq!(timeout("86400"), Some(86_400));
        for text in ["", "-1", "+1", "1s", "86401", "99999999999999"] {
            assert_eq!(timeout(text), None, "{text:?}");
        }
    }

    #[test]
    fn sizes_are_shares_or_bytes() {
        for text in ["1%", "100%", "1", "256M", "1g", "4096k"] {
            assert_eq!(overlay_size(text).as_deref(), Some(text));
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
            assert_eq!(overlay_size(text), None, "{text:?}");
        }
    }

    #[test]
    fn module_names_have_commas_between_them() {
        assert_eq!(modules("a, b-c").unwrap(), ["a", "b-c"]);
        for text in ["", ",", "a,", "a b", "../a", "a.ko"] {
            assert_eq!(modules(text), None, "{text:?}");
        }
    }

    #[test]
    fn deployments_are_absolute() {
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
    fn serials_are_printable_and_short() {
        assert_eq!(serial("A b-1").as_deref(), Some("A b-1"));
        assert_eq!(serial("a\nb"), None);
        assert_eq!(serial(&"a".repeat(257)), None);
    }
}
