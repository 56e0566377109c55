//! Which settings there are. `docs/stage0.md` has the same table, and a test that compares them.

/// What people are told about a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name: of the file, and after `stage0.` on the kernel command line.
    pub key: &'static str,
    /// What it may say, in words that go on after "is not".
    pub values: &'static str,
    /// What counts when it is absent or empty.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

/// All settings, sorted as people should read them.
pub const TABLE: [Setting; 9] = [
    Setting {
        key: "root",
        values: "a path below /dev/, or LABEL=, UUID=, PARTLABEL= or PARTUUID= and what it is",
        default: "none: stage0 fails",
        meaning: "the block device with the root file system; it is never written to",
    },
    Setting {
        key: "rootfs",
        values: "auto, erofs, ext4 or squashfs",
        default: "auto",
        meaning: "its file system; auto looks at the device",
    },
    Setting {
        key: "modules",
        values: "names of kernel modules with commas between them",
        default: "none",
        meaning: "modules to load after those of /etc/modules-load.d/*.conf",
    },
    Setting {
        key: "timeout",
        values: "a number of seconds up to 86400",
        default: "30",
        meaning: "how long to wait for the root device; 0 is for ever",
    },
    Setting {
        key: "overlay_size",
        values: "1% to 100%, or a number of bytes with k, m or g after it",
        default: "50%",
        meaning: "how much memory what is written to the root may take; a share of the RAM, or a size",
    },
    Setting {
        key: "ostree",
        values: "auto, off or the path of a deployment in the root file system",
        default: "auto",
        meaning: "the OSTree deployment to boot; auto takes the kernel's ostree= where there is one",
    },
    Setting {
        key: "init",
        values: "an absolute path",
        default: "the kernel's init=, then the usual places",
        meaning: "the program to become, a path in the root",
    },
    Setting {
        key: "serial",
        values: "a text of up to 256 printable characters",
        default: "none",
        meaning: "the device's serial number, which gives it a machine ID that stays the same",
    },
    Setting {
        key: "on_error",
        values: "hang, reboot, poweroff or shell",
        default: "hang",
        meaning: "what to do after a failure; hang leaves the line on the screen, shell runs /bin/sh and then hangs",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_there_once_and_in_its_one_spelling() {
        for (at, setting) in TABLE.iter().enumerate() {
            assert!(!TABLE[..at].iter().any(|other| other.key == setting.key));
            assert_eq!(crate::cmdline::normal(setting.key), setting.key);
        }
    }
}
