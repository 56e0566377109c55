//! How a root device is named.

use std::fmt;

/// Which block device holds the root file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootDevice {
    /// Its path, such as `/dev/mmcblk0p2`.
    Path(String),
    /// The label of the file system on it.
    Label(String),
    /// The UUID of the file system on it.
    Uuid(String),
    /// The name of the partition (GPT).
    PartLabel(String),
    /// The UUID of the partition: of GPT, or `<disk signature>-<number>` of an MBR.
    PartUuid(String),
}

impl RootDevice {
    /// From `/dev/…` or `LABEL=…`, `UUID=…`, `PARTLABEL=…`, `PARTUUID=…`; none for other texts.
    ///
    /// UUIDs are hexadecimal digits and dashes in either case; here they are lower case.
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
            "UUID" => uuid(value).map(RootDevice::Uuid),
            "PARTLABEL" => Some(RootDevice::PartLabel(value.to_owned())),
            "PARTUUID" => uuid(value).map(RootDevice::PartUuid),
            _ => None,
        }
    }
}

fn uuid(text: &str) -> Option<String> {
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
    fn each_kind_is_read_and_written() {
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
    fn other_texts_name_nothing() {
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
