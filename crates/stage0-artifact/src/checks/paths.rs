//! The check that nothing in the file tells of the machine that built it.
//!
//! All bytes are searched, not only the sections of strings: the compiler puts texts one after the
//! other without anything between, and short ones into instructions (those are not found).
//! `/rustc/<commit>/…` and paths relative to the source tree are the same on every machine and stay.

use memchr::memmem;

use crate::elf::text;

/// How paths of build machines start, or what is in them.
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

/// Neither a path of a build machine nor a text of `forbidden` is in `bytes`.
pub fn absent(bytes: &[u8], forbidden: &[String]) -> Result<(), String> {
    let forbidden = forbidden.iter().map(String::as_str);
    for needle in BUILD_MACHINES.into_iter().chain(forbidden) {
        if let Some(at) = memmem::find(bytes, needle.as_bytes()) {
            return Err(format!(
                "byte {at} holds {:?} (forbidden: {needle:?}); map it away with \
                 --remap-path-prefix, or build with tools/bazel",
                printable(&bytes[at..])
            ));
        }
    }
    Ok(())
}

/// The text at the start of `bytes`.
fn printable(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|byte| !(byte.is_ascii_graphic() || *byte == b' '))
        .unwrap_or(bytes.len());
    text(&bytes[..end])
}
