//! Entries of the boot menu: UAPI.1, Boot Loader Specification.

use std::cmp::Ordering;

use crate::{assignments, os_release, version};

/// An entry of the boot menu: a file in `/loader/entries` (type 1), or a unified kernel image in `/EFI/Linux`
/// (type 2). Paths are as in the file: relative to the root of its file system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BootEntry {
    /// The file's name without suffix and boot counter.
    pub id: String,
    /// The title in the menu.
    pub title: Option<String>,
    /// The version, usually the kernel's release.
    pub version: Option<String>,
    /// The identifier of the installation.
    pub machine_id: Option<String>,
    /// The key by which entries are sorted first.
    pub sort_key: Option<String>,
    /// The path of the kernel.
    pub linux: Option<String>,
    /// The paths of the initramfs images.
    pub initrds: Vec<String>,
    /// The kernel's command line.
    pub options: Option<String>,
    /// The path of the device tree.
    pub devicetree: Option<String>,
    /// The directory with device trees; not in the specification, but used by boot loaders.
    pub devicetree_directory: Option<String>,
    /// The paths of device tree overlays, in the order in which they are applied.
    pub devicetree_overlays: Vec<String>,
    /// The architecture as EFI names it, such as `aa64`.
    pub architecture: Option<String>,
    /// Whether the boot counter has no tries left: the entry never started successfully.
    pub is_bad: bool,
}

impl BootEntry {
    /// Parses the text of a file of type 1. Unknown keys are ignored.
    pub fn parse(file_name: &str, text: &str) -> Self {
        let mut entry = Self::with_name(file_name, ".conf");
        for line in text.lines().map(str::trim) {
            let Some((key, value)) = line.split_once([' ', '\t']) else {
                continue;
            };
            if !line.starts_with('#') {
                entry.set(key, value.trim());
            }
        }
        entry
    }

    /// Creates the entry for a unified kernel image from the texts of its sections.
    pub(crate) fn from_uki(
        file_name: &str,
        os_release: Option<&str>,
        options: Option<String>,
        release: Option<String>,
    ) -> Self {
        let mut values = assignments::parse(os_release.unwrap_or_default());
        let sort_key = values.remove("IMAGE_ID").or_else(|| values.remove("ID"));
        let version = values.remove("IMAGE_VERSION");
        BootEntry {
            title: os_release.and_then(os_release::name),
            version: version.or_else(|| values.remove("VERSION_ID")).or(release),
            sort_key,
            options,
            ..Self::with_name(file_name, ".efi")
        }
    }

    fn with_name(file_name: &str, suffix: &str) -> Self {
        let stem = file_name.strip_suffix(suffix).unwrap_or(file_name);
        let (id, is_bad) = match stem.rsplit_once('+') {
            Some((id, counter)) if is_counter(counter) => (id, is_exhausted(counter)),
            _ => (stem, false),
        };
        BootEntry {
            id: id.to_owned(),
            is_bad,
            ..BootEntry::default()
        }
    }

    fn set(&mut self, key: &str, value: &str) {
        let text = || Some(value.to_owned());
        let words = || value.split_whitespace().map(str::to_owned);
        match key {
            "title" => self.title = text(),
            "version" => self.version = text(),
            "machine-id" => self.machine_id = text(),
            "sort-key" => self.sort_key = text(),
            "linux" => self.linux = text(),
            "initrd" => self.initrds.extend(words()),
            "devicetree" | "fdt" => self.devicetree = text(),
            "devicetreedir" | "fdtdir" => self.devicetree_directory = text(),
            "devicetree-overlay" | "fdtoverlays" => self.devicetree_overlays.extend(words()),
            "architecture" => self.architecture = text(),
            "options" => match &mut self.options {
                Some(options) => *options += &format!(" {value}"),
                None => self.options = text(),
            },
            _ => {}
        }
    }

    /// Compares two entries: `Less` is nearer to the beginning of the menu.
    pub fn compare(&self, other: &Self) -> Ordering {
        let newest_first = |one: &str, other: &str| version::compare(other, one);
        let by_keys = match (&self.sort_key, &other.sort_key) {
            (Some(key), Some(other_key)) => key
                .cmp(other_key)
                .then_with(|| self.machine_id.cmp(&other.machine_id))
                .then_with(|| {
                    let version = |entry: &Self| entry.version.clone().unwrap_or_default();
                    newest_first(&version(self), &version(other))
                }),
            (key, other_key) => other_key.is_some().cmp(&key.is_some()),
        };
        self.is_bad
            .cmp(&other.is_bad)
            .then(by_keys)
            .then_with(|| newest_first(&self.id, &other.id))
    }
}

/// Whether the text is a boot counter, `<tries left>` or `<tries left>-<tries done>`.
fn is_counter(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (left, done) = text.split_once('-').unwrap_or((text, "0"));
    is_number(left) && is_number(done)
}

fn is_exhausted(counter: &str) -> bool {
    let left = counter.split('-').next().unwrap_or_default();
    left.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_entry_of_type_1() {
        let entry = BootEntry::parse(
            "token-6.12.1+3-1.conf",
            "# comment\ntitle   Fedora Linux 42\nversion\t6.12.1\nlinux /token/6.12.1/linux\n\
             initrd /a /b\ninitrd /c\noptions root=UUID=1  quiet\noptions ro\nsort-key fedora\n\
             devicetree /x.dtb\ndevicetree-overlay /a.dtbo /b.dtbo\nunknown 1\nlonely\n",
        );
        assert_eq!((&*entry.id, entry.is_bad), ("token-6.12.1", false));
        assert_eq!(entry.title.unwrap(), "Fedora Linux 42");
        assert_eq!(entry.version.unwrap(), "6.12.1");
        assert_eq!(entry.linux.unwrap(), "/token/6.12.1/linux");
        assert_eq!(entry.initrds, ["/a", "/b", "/c"]);
        assert_eq!(entry.options.unwrap(), "root=UUID=1  quiet ro");
        assert_eq!(entry.devicetree.unwrap(), "/x.dtb");
        assert_eq!(entry.devicetree_overlays, ["/a.dtbo", "/b.dtbo"]);
    }

    #[test]
    fn sorts_as_the_specification_demands() {
        let sorted = [
            ("b.conf", "sort-key a\nversion 10"),
            ("c.conf", "sort-key a\nversion 9"),
            ("a.conf", "sort-key a\nmachine-id 1\nversion 11"),
            ("z-2.conf", "sort-key b"),
            ("z-1.conf", "sort-key b"),
            ("x-10.conf", "version 1"),
            ("x-9+1.conf", "version 2"),
            ("x-11+0-3.conf", ""),
        ];
        let entries = sorted.map(|(name, text)| BootEntry::parse(name, text));
        for pair in entries.windows(2) {
            let [one, other] = pair else { unreachable!() };
            assert_eq!(one.compare(other), Ordering::Less, "{pair:?}");
            assert_eq!(other.compare(one), Ordering::Greater, "{pair:?}");
        }
    }

    #[test]
    fn names_without_a_counter_are_kept() {
        for name in ["7.2.12+deb14-arm64", "a+", "a+1-", "a+-1"] {
            let entry = BootEntry::parse(&format!("{name}.conf"), "");
            assert_eq!((&*entry.id, entry.is_bad), (name, false));
        }
    }
}
