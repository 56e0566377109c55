//! The check that the file holds no paths of the machine that built it.
//!
//! All bytes are searched, not only the sections of strings: the compiler stores strings one after the
//! other without separators, and short ones into instructions (those are not found).
//! `/rustc/<commit>/…` and paths relative to the source tree are the same on every machine and stay.

use memchr::memmem;

use crate::elf::text;

/// Parts of paths on build machines.
const BUILD_MACHINES: [&str; 14] = [
    "/home/",
    "/root/",
    "/Users/",
    "/tmp/",
    "/build/",
    "/builds/",
    "/work/",
    "/workspace/",
    "/github/",
    "/.cargo/",
    "/.rustup/",
    "/cargo/registry/",
    "/execroot/",
    "bazel-out/",
];

/// Checks that `bytes` contain neither a path of a build machine nor a text of `forbidden`.
pub fn check(bytes: &[u8], forbidden: &[String]) -> Result<(), String> {
    let forbidden = forbidden.iter().map(String::as_str);
    for needle in BUILD_MACHINES.into_iter().chain(forbidden) {
        if let Some(at) = memmem::find(bytes, needle.as_bytes()) {
            return Err(format!(
                "byte {at} holds {:?} (forbidden: {needle:?}); map it away with \
                 --remap-path-prefix, or build with tools/bazel",
                escape(&bytes[at..])
            ));
        }
    }
    Ok(())
}

/// The text at the start of `bytes`.
fn escape(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|byte| !(byte.is_ascii_graphic() || *byte == b' '))
        .unwrap_or(bytes.len());
    text(&bytes[..end])
}
