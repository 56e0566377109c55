//! The udev rule that gives users access to devices in fastboot mode.

/// The file that the packages install.
pub const UDEV_RULES: &str = include_str!("70-fastboop.rules");

/// Where an administrator puts it.
pub const UDEV_RULES_PATH: &str = "/etc/udev/rules.d/70-fastboop.rules";

/// The rule in [`UDEV_RULES`], without comments.
pub fn udev_rule() -> &'static str {
    let mut lines = UDEV_RULES.lines();
    lines
        .find(|line| !line.starts_with('#'))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_one_line_and_matches_the_interface() {
        let is_rule = |line: &&str| !line.starts_with('#') && !line.is_empty();
        assert_eq!(UDEV_RULES.lines().filter(is_rule).count(), 1);
        assert!(udev_rule().contains(":ff4203:"), "{}", udev_rule());
        assert!(
            udev_rule().ends_with(r#"TAG+="uaccess""#),
            "{}",
            udev_rule()
        );
        assert!(UDEV_RULES.ends_with('\n'));
    }
}
