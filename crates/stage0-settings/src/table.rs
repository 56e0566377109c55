//! The table of all settings. `docs/stage0.md` has the same table; a test compares them.

use crate::root;

/// The documentation of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The name: of the file in `/etc/stage0/`, and after `stage0.` on the kernel command line.
    pub key: &'static str,
    /// The valid values, as a phrase that follows "expected" in error messages.
    pub values: &'static str,
    /// The value if the setting is missing or empty.
    pub default: &'static str,
    /// The effect of the setting.
    pub meaning: &'static str,
}

/// All settings, in the order of the documentation.
pub const TABLE: [Setting; 11] = [
    Setting {
        key: "root",
        values: root::VALUES,
        default: "none: stage0 fails",
        meaning: "the block device with the root file system, which is never written to; usb: a host serves it",
    },
    Setting {
        key: "usb_interface",
        values: "fastboot or smoo",
        default: "fastboot",
        meaning: "the class of the USB interface for root=usb: fastboot's, to which systemd grants users of the host access, or smoo's",
    },
    Setting {
        key: "usb_console",
        values: "on or off",
        default: "off",
        meaning: "for root=usb: whether the device is a serial port too, /dev/ttyGS0 there and /dev/ttyACM<n> on the host",
    },
    Setting {
        key: "rootfs",
        values: "auto, erofs, ext4 or squashfs",
        default: "auto",
        meaning: "the type of the root file system; auto detects it",
    },
    Setting {
        key: "modules",
        values: "a comma-separated list of kernel modules",
        default: "none",
        meaning: "modules to load after those of /etc/modules-load.d/*.conf",
    },
    Setting {
        key: "timeout",
        values: "a number of seconds up to 86400",
        default: "30",
        meaning: "how long to wait for the root device; 0 waits forever",
    },
    Setting {
        key: "overlay_size",
        values: "1% to 100%, or a number of bytes with an optional suffix k, m or g",
        default: "50%",
        meaning: "the limit for data written to the root, which is kept in RAM: a percentage of the RAM, or a size",
    },
    Setting {
        key: "ostree",
        values: "auto, off or the path of a deployment in the root file system",
        default: "auto",
        meaning: "the OSTree deployment to boot; auto uses the kernel's ostree= if present",
    },
    Setting {
        key: "init",
        values: "an absolute path",
        default: "the kernel's init=, then the usual paths",
        meaning: "the path of the init program in the root file system",
    },
    Setting {
        key: "serial",
        values: "up to 256 printable characters",
        default: "none",
        meaning: "the device's serial number, from which a stable machine ID is derived",
    },
    Setting {
        key: "on_error",
        values: "hang, reboot, poweroff or shell",
        default: "hang",
        meaning: "what to do after a failure; hang keeps the message on the screen, shell runs /bin/sh and then hangs",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_normalized() {
        for (at, setting) in TABLE.iter().enumerate() {
            assert!(!TABLE[..at].iter().any(|other| other.key == setting.key));
            assert_eq!(crate::cmdline::normalize_name(setting.key), setting.key);
        }
    }
}
