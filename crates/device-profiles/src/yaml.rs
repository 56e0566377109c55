//! Prints profiles.

use crate::{BootImageParameters, Profile, Stage0};

impl Profile {
    /// Returns the profile as YAML, with all defaults but those of limits, and with IDs and addresses in
    /// hexadecimal. [`Profile::parse`] reads it as the same profile.
    pub fn to_yaml(&self) -> String {
        let mut text = Yaml::default();
        text.text(0, "id", &self.id);
        text.optional(0, "display_name", self.display_name.as_deref());
        text.text(0, "devicetree_name", &self.device_tree);
        text.line(0, "match:");
        for id in &self.matches {
            text.line(1, "- fastboot:");
            text.line(3, &format!("vid: {:#06x}", id.vid));
            text.line(3, &format!("pid: {:#06x}", id.pid));
        }
        let is_empty = self.probes.is_empty();
        text.line(0, if is_empty { "probe: []" } else { "probe:" });
        for probe in &self.probes {
            text.text(1, "- fastboot.getvar", &probe.variable);
            let name = probe.condition.name();
            match probe.condition.text() {
                Some(value) => text.text(2, name, value),
                None => text.line(2, &format!("{name}: true")),
            }
        }
        text.line(0, "boot:");
        text.line(1, "fastboot_boot:");
        text.line(2, "android_bootimg:");
        text.boot_image(&self.boot_image);
        text.stage0(&self.stage0);
        text.0
    }
}

#[derive(Default)]
struct Yaml(String);

impl Yaml {
    fn line(&mut self, depth: usize, line: &str) {
        self.0 += &format!("{}{line}\n", "  ".repeat(depth));
    }

    fn text(&mut self, depth: usize, key: &str, value: &str) {
        self.line(depth, &format!("{key}: {}", scalar(value)));
    }

    fn optional(&mut self, depth: usize, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(depth, key, value);
        }
    }

    fn boot_image(&mut self, image: &BootImageParameters) {
        self.line(3, &format!("header_version: {}", image.header_version));
        self.line(3, &format!("page_size: {}", image.page_size));
        for (key, value) in [
            ("base", image.base),
            ("kernel_offset", image.kernel_offset),
            ("ramdisk_offset", image.ramdisk_offset),
            ("second_offset", image.second_offset),
            ("tags_offset", image.tags_offset),
            ("dtb_offset", image.dtb_offset),
        ] {
            self.line(3, &format!("{key}: {value:#x}"));
        }
        self.line(3, "kernel:");
        self.line(4, &format!("encoding: {}", image.kernel_encoding));
        if let Some(compression) = image.ramdisk_compression {
            self.line(3, "initrd:");
            self.line(4, &format!("compress: {}", compression.name()));
        }
        self.line(3, "limits:");
        let limits = &image.limits;
        for (key, value) in [
            ("max_kernel_bytes", limits.kernel),
            ("max_kernel_window_bytes", limits.kernel_window),
            ("max_initrd_bytes", limits.ramdisk),
            ("max_total_bytes", limits.image),
            ("max_cmdline_bytes", Some(limits.command_line)),
        ] {
            if let Some(value) = value {
                self.line(4, &format!("{key}: {value}"));
            }
        }
        self.optional(3, "cmdline_append", image.cmdline_append.as_deref());
    }

    fn stage0(&mut self, stage0: &Stage0) {
        if *stage0 == Stage0::default() {
            return;
        }
        self.line(0, "stage0:");
        if !stage0.kernel_modules.is_empty() {
            self.line(1, "kernel_modules:");
        }
        for name in &stage0.kernel_modules {
            self.line(2, &format!("- {}", scalar(name)));
        }
        let mac = &stage0.inject_mac;
        if mac.wifi.is_some() || mac.bluetooth.is_some() {
            self.line(1, "inject_mac:");
            self.optional(2, "wifi", mac.wifi.as_deref());
            self.optional(2, "bluetooth", mac.bluetooth.as_deref());
        }
    }
}

/// A text in quotes, unless it is certainly the same without them.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.', '/', ','].contains(&c);
    let is_word = text.chars().all(is_plain) && text.starts_with(|c: char| c.is_ascii_alphabetic());
    let lower = text.to_ascii_lowercase();
    let is_keyword =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&&*lower);
    if is_word && !is_keyword {
        return text.to_owned();
    }
    let quoted: String = text.chars().map(escape).collect();
    format!("\"{quoted}\"")
}

/// A character in double quotes: YAML has its own ideas about line breaks and characters that are not printable.
fn escape(c: char) -> String {
    match c {
        '"' | '\\' => format!("\\{c}"),
        ' '..='~' => c.to_string(),
        _ if c.is_alphanumeric() => c.to_string(),
        _ => format!("\\U{:08x}", u32::from(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built_in;

    #[test]
    fn is_read_as_the_same_profile() {
        let complete = include_bytes!("parse/complete.yaml");
        let built_in = built_in::FILES.iter().map(|(_, text)| text.as_bytes());
        for bytes in built_in.chain([&complete[..]]) {
            let profile = Profile::parse(bytes).unwrap();
            let text = profile.to_yaml();
            assert_eq!(Profile::parse(text.as_bytes()), Ok(profile), "{text}");
        }
    }

    #[test]
    fn quotes_what_yaml_would_read_otherwise() {
        for (text, expected) in [
            ("qcom/sdm845-oneplus-fajita", "qcom/sdm845-oneplus-fajita"),
            ("true", "\"true\""),
            ("1", "\"1\""),
            ("~", "\"~\""),
            (" ü\u{2028}\u{feff}", "\" ü\\U00002028\\U0000feff\""),
            ("a: b # c", "\"a: b # c\""),
            ("a \"b\" \\", "\"a \\\"b\\\" \\\\\""),
        ] {
            assert_eq!(scalar(text), expected);
        }
    }
}
