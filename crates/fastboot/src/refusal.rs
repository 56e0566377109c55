//! Why a device refuses.

use std::fmt;

/// The message of a FAIL, safe to print. `Display` adds an explanation where the message is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The device's message, perhaps empty.
    pub message: String,
}

/// Parts of the messages of LK, ABL, U-Boot and others, in lower case, and what to do. The first match counts.
const EXPLANATIONS: &[(&str, &str)] = &[
    (
        "unknown command",
        "the boot loader lacks this command; use another boot loader, such as lk2nd or U-Boot",
    ),
    (
        "lock",
        "the boot loader is locked; unlock it as the manufacturer describes",
    ),
    (
        "not allowed",
        "the boot loader may be locked; unlock it as the manufacturer describes",
    ),
    (
        "not support",
        "the boot loader lacks something that the image uses; check compression and header version in the device's profile",
    ),
    (
        "dtb",
        "the boot loader needs a device tree in the image or appended to the kernel; check the device's profile",
    ),
    (
        "device tree",
        "the boot loader needs a device tree in the image or appended to the kernel; check the device's profile",
    ),
    (
        "decompress",
        "the boot loader cannot decompress the kernel; check its compression in the device's profile",
    ),
    (
        "ramdisk",
        "the initramfs is missing or too large for the boot loader; use a smaller one",
    ),
    (
        "too large",
        "the image is too large for the boot loader; use a smaller kernel or initramfs",
    ),
    (
        "header",
        "the boot loader rejects the image's header; check header version and page size in the device's profile",
    ),
];

const UNKNOWN: &str =
    "check the device's profile; `fastboot oem log` or `oem lk_log` may print the reason";

impl Refusal {
    /// Returns what the message means and what to do.
    pub fn explanation(&self) -> &'static str {
        let message = self.message.to_ascii_lowercase();
        let known = EXPLANATIONS.iter().find(|(part, _)| message.contains(part));
        // U-Boot's only message for an image that exceeds its buffer is the size in hexadecimal.
        let is_size = message.len() == 8 && message.bytes().all(|byte| byte.is_ascii_hexdigit());
        match known {
            Some((_, explanation)) => explanation,
            None if is_size => {
                "the image is too large for the boot loader; use a smaller kernel or initramfs"
            }
            None => UNKNOWN,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = match self.message.as_str() {
            "" => "without a message",
            message => message,
        };
        write!(f, "the device refused: {message}; {}", self.explanation())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explains_known_messages() {
        let cases = [
            ("dtb not found", "device tree"),
            ("Device is LOCKED", "unlock"),
            ("unknown command", "lk2nd"),
            ("kernel compression not supported", "compression"),
            ("Ramdisk too large", "initramfs"),
            ("0a000000", "too large"),
            ("", "oem log"),
        ];
        for (message, part) in cases {
            let refusal = Refusal {
                message: message.to_owned(),
            };
            assert!(refusal.to_string().contains(part), "{refusal}");
        }
    }
}
