//! Checks that the file contains no paths of the machine that built it.
//!
//! The search covers the whole file, not only sections with strings. It does not find short strings that
//! the compiler stores in instructions. `/rustc/<commit>/…` and paths relative to the source tree are
//! allowed, because they are the same on every machine.

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
                "byte {at}: found {:?} (forbidden: {needle:?}); remap the path with \
                 --remap-path-prefix, or build with tools/bazel",
                printable_text(&bytes[at..])
            ));
        }
    }
    Ok(())
}

/// The printable text at the start of `bytes`, escaped for a message.
fn printable_text(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|byte| !(byte.is_ascii_graphic() || *byte == b' '))
        .unwrap_or(bytes.len());
    text(&bytes[..end])
}
