//! The parameters of a test, `usb_root.<name>=<value>` on the kernel command line. The kernel ignores them, as it does with those of modules.

use std::fs;

use anyhow::Context;

/// The value of a parameter, or the default.
pub fn get(name: &str, default: &str) -> anyhow::Result<String> {
    let path = "/proc/cmdline";
    let line = fs::read_to_string(path).context(path)?;
    let prefix = format!("usb_root.{name}=");
    let mut values = line
        .split_whitespace()
        .filter_map(|word| word.strip_prefix(&prefix));
    Ok(values.next_back().unwrap_or(default).to_owned())
}
