//! The value of the setting `root`.

use std::fmt;

/// Where the root file system is.
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
    /// A block device whose data a host serves over USB.
    Usb,
}

/// The valid values, as a phrase that follows "expected" in error messages.
pub(crate) const VALUES: &str =
    "usb, a path below /dev/, or LABEL=, UUID=, PARTLABEL= or PARTUUID= and its value";
const KERNEL_PATH: &str = "a path that the kernel creates, as stage0 runs no udev";
const LABEL: &str = "a label of 1 to 16 bytes, without backslashes";
const UUID: &str = "a UUID";
const PART_LABEL: &str = "a partition name of 1 to 36 characters, without backslashes";
const PART_UUID: &str = "a UUID, or a disk signature and a number such as 01234567-02";
const NO_OFFSET: &str = "a PARTUUID without /PARTNROFF=";

impl RootDevice {
    /// Parses `usb`, `/dev/…`, `LABEL=…`, `UUID=…`, `PARTLABEL=…` or `PARTUUID=…`. The value of a tag may be
    /// quoted, as in fstab(5). udev's links `/dev/disk/by-label/…`, `by-uuid`, `by-partlabel` and
    /// `by-partuuid` are translated to the tags: stage0 runs no udev.
    ///
    /// The error is the valid values, as a phrase that follows "expected". Values that no device can
    /// match are errors: labels that are too long, and text that is not a UUID.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(path) = text.strip_prefix("/dev/") {
            return parse_path(text, path);
        }
        if text == "usb" {
            return Ok(RootDevice::Usb);
        }
        let (tag, value) = text.split_once('=').ok_or(VALUES)?;
        let value = unquote(value);
        match tag {
            "LABEL" if value.contains('\\') => Err(LABEL),
            "PARTLABEL" if value.contains('\\') => Err(PART_LABEL),
            "LABEL" => parse_label(value.to_owned()),
            "UUID" => parse_uuid(value),
            "PARTLABEL" => parse_part_label(value.to_owned()),
            "PARTUUID" => parse_part_uuid(value),
            _ => Err(VALUES),
        }
    }
}

/// Parses a path, which is `text` or, without `/dev/`, `path`.
fn parse_path(text: &str, path: &str) -> Result<RootDevice, &'static str> {
    match path.split_once('/') {
        Some(("disk", link)) => parse_udev_link(link),
        // Android's links, which its init creates: `/dev/block/…/by-name/<name>`.
        Some(("block", link)) => match link.rsplit_once('/') {
            Some((directory, name)) if directory.ends_with("by-name") => {
                parse_part_label(name.to_owned())
            }
            _ => Err(KERNEL_PATH),
        },
        Some(("mapper", _)) => Err(KERNEL_PATH),
        None if path == "root" => Err(KERNEL_PATH),
        None if path.is_empty() => Err(VALUES),
        _ => Ok(RootDevice::Path(text.to_owned())),
    }
}

/// Parses the rest of a link that udev would create in `/dev/disk/`.
fn parse_udev_link(link: &str) -> Result<RootDevice, &'static str> {
    let (directory, name) = link.split_once('/').ok_or(KERNEL_PATH)?;
    match directory {
        "by-label" => parse_label(decode(name).ok_or(LABEL)?),
        "by-uuid" => parse_uuid(name),
        "by-partlabel" => parse_part_label(decode(name).ok_or(PART_LABEL)?),
        "by-partuuid" => parse_part_uuid(name),
        _ => Err(KERNEL_PATH),
    }
}

/// Decodes udev's escapes, `\x` and two hexadecimal digits; `None` if the result is not UTF-8.
fn decode(name: &str) -> Option<String> {
    let mut parts = name.split('\\');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.strip_prefix('x')?.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

fn unquote(value: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}

fn parse_label(label: String) -> Result<RootDevice, &'static str> {
    // The fields in the superblocks of ext4 and erofs have 16 bytes.
    match label.len() {
        1..=16 => Ok(RootDevice::Label(label)),
        _ => Err(LABEL),
    }
}

fn parse_part_label(label: String) -> Result<RootDevice, &'static str> {
    // The field in a GPT entry has 36 UTF-16 units.
    match label.encode_utf16().count() {
        1..=36 => Ok(RootDevice::PartLabel(label)),
        _ => Err(PART_LABEL),
    }
}

fn parse_uuid(text: &str) -> Result<RootDevice, &'static str> {
    if !is_uuid(text) {
        return Err(UUID);
    }
    Ok(RootDevice::Uuid(text.to_ascii_lowercase()))
}

fn parse_part_uuid(text: &str) -> Result<RootDevice, &'static str> {
    if text.contains('/') {
        return Err(NO_OFFSET);
    }
    let is_mbr = text.split_once('-').is_some_and(|(signature, number)| {
        signature.len() == 8 && number.len() >= 2 && is_hex(signature) && is_hex(number)
    });
    if !is_mbr && !is_uuid(text) {
        return Err(PART_UUID);
    }
    Ok(RootDevice::PartUuid(text.to_ascii_lowercase()))
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.split('-').all(is_hex)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for RootDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RootDevice::Path(path) => f.write_str(path),
            RootDevice::Label(label) => write!(f, "LABEL={label}"),
            RootDevice::Uuid(uuid) => write!(f, "UUID={uuid}"),
            RootDevice::PartLabel(label) => write!(f, "PARTLABEL={label}"),
            RootDevice::PartUuid(uuid) => write!(f, "PARTUUID={uuid}"),
            RootDevice::Usb => f.write_str("usb"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY_UUID: &str = "01234567-89ab-cdef-0123-456789abcdef";

    #[test]
    fn parses_and_displays_each_variant() {
        for text in [
            "/dev/vda",
            "/dev/mmcblk0p2",
            "LABEL=my root",
            &format!("UUID={ANY_UUID}"),
            "PARTLABEL=system_a",
            &format!("PARTUUID={ANY_UUID}"),
            "PARTUUID=1234abcd-02",
            "usb",
        ] {
            assert_eq!(RootDevice::parse(text).unwrap().to_string(), text);
        }
        let upper = RootDevice::parse("PARTUUID=ABCD0000-12");
        assert_eq!(upper, Ok(RootDevice::PartUuid("abcd0000-12".into())));
    }

    #[test]
    fn removes_quotes_around_the_value_of_a_tag() {
        for (text, expected) in [
            ("LABEL=\"a b\"", "LABEL=a b"),
            ("PARTLABEL='a b'", "PARTLABEL=a b"),
            ("LABEL=a\"b", "LABEL=a\"b"),
        ] {
            assert_eq!(RootDevice::parse(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn translates_links_of_udev() {
        for (text, expected) in [
            ("/dev/disk/by-label/my\\x20root", "LABEL=my root"),
            (
                &format!("/dev/disk/by-uuid/{ANY_UUID}"),
                &format!("UUID={ANY_UUID}"),
            ),
            (
                "/dev/disk/by-partlabel/Donn\\xc3\\xa9es",
                "PARTLABEL=Données",
            ),
            ("/dev/disk/by-partuuid/1234abcd-02", "PARTUUID=1234abcd-02"),
            ("/dev/block/by-name/system_a", "PARTLABEL=system_a"),
            (
                "/dev/block/platform/soc/1d84000.ufshc/by-name/userdata",
                "PARTLABEL=userdata",
            ),
        ] {
            assert_eq!(RootDevice::parse(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn rejects_values_that_cannot_match() {
        for (text, expected) in [
            ("", VALUES),
            ("/dev/", VALUES),
            ("vda", VALUES),
            ("/etc/passwd", VALUES),
            ("/dev/root", KERNEL_PATH),
            ("/dev/block/sda1", KERNEL_PATH),
            ("/dev/block/bootdevice/x", KERNEL_PATH),
            ("/dev/mapper/root", KERNEL_PATH),
            ("label=x", VALUES),
            ("LABEL=", LABEL),
            ("LABEL=\"\"", LABEL),
            ("LABEL=seventeen letters", LABEL),
            ("LABEL=a\\x20b", LABEL),
            ("/dev/disk/by-label/a\\x2", LABEL),
            ("/dev/disk/by-label/a\\xff", LABEL),
            ("UUID=xyz", UUID),
            ("UUID=ABCD-1234", UUID),
            ("UUID=01234567-89ab-cdef-0123-456789abcdeg", UUID),
            ("PARTLABEL=a\\x20b", PART_LABEL),
            (
                "PARTLABEL=0123456789012345678901234567890123456",
                PART_LABEL,
            ),
            ("PARTUUID=a b", PART_UUID),
            ("PARTUUID=1234abcd-1", PART_UUID),
            ("PARTUUID=1234abcd-02/PARTNROFF=1", NO_OFFSET),
            ("/dev/disk/by-id/mmc-x", KERNEL_PATH),
            ("/dev/disk/by-label", KERNEL_PATH),
            ("/dev/mapper/root", KERNEL_PATH),
        ] {
            assert_eq!(RootDevice::parse(text), Err(expected), "{text:?}");
        }
    }
}
