//! The value of the setting `root`.

use std::fmt;

/// The block device that contains the root file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootDevice {
    /// A path, such as `/dev/mmcblk0p2`.
    Path(String),
    /// The label of the file system on it.
    Label(String),
    /// The UUID of the file system on it.
    Uuid(String),
    /// The name of the partition (GPT).
    PartLabel(String),
    /// The UUID of the partition (GPT), or `<disk signature>-<number>` (MBR).
    PartUuid(String),
}

impl RootDevice {
    /// Parses `/dev/…`, `LABEL=…`, `UUID=…`, `PARTLABEL=…` or `PARTUUID=…`; `None` for other text.
    ///
    /// UUIDs consist of hexadecimal digits and dashes, and are converted to lower case.
    pub fn parse(text: &str) -> Option<Self> {
        if text
            .strip_prefix("/dev/")
            .is_some_and(|name| !name.is_empty())
        {
            return Some(RootDevice::Path(text.to_owned()));
        }
        let (tag, value) = text.split_once('=')?;
        if value.is_empty() {
            return None;
        }
        match tag {
            "LABEL" => Some(RootDevice::Label(value.to_owned())),
            "UUID" => parse_uuid(value).map(RootDevice::Uuid),
            "PARTLABEL" => Some(RootDevice::PartLabel(value.to_owned())),
            "PARTUUID" => parse_uuid(value).map(RootDevice::PartUuid),
            _ => None,
        }
    }
}

fn parse_uuid(text: &str) -> Option<String> {
    text.bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        .then(|| text.to_ascii_lowercase())
}

impl fmt::Display for RootDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RootDevice::Path(path) => f.write_str(path),
            RootDevice::Label(label) => write!(f, "LABEL={label}"),
            RootDevice::Uuid(uuid) => write!(f, "UUID={uuid}"),
            RootDevice::PartLabel(label) => write!(f, "PARTLABEL={label}"),
            RootDevice::PartUuid(uuid) => write!(f, "PARTUUID={uuid}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_displays_each_variant() {
        for text in [
            "/dev/vda",
            "/dev/mapper/a=b",
            "LABEL=my root",
            "UUID=12ab-cd",
            "PARTLABEL=system_a",
            "PARTUUID=1234abcd-02",
        ] {
            assert_eq!(RootDevice::parse(text).unwrap().to_string(), text);
        }
        let upper = RootDevice::parse("UUID=ABCD-12");
        assert_eq!(upper, Some(RootDevice::Uuid("abcd-12".into())));
    }

    #[test]
    fn rejects_other_text() {
        for text in [
            "",
            "/dev/",
            "vda",
            "/etc/passwd",
            "LABEL=",
            "label=x",
            "UUID=xyz",
            "PARTUUID=a b",
        ] {
            assert_eq!(RootDevice::parse(text), None, "{text:?}");
        }
    }
}
