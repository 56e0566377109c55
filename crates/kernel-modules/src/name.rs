//! Names of modules.

use std::borrow::Cow;

/// The suffixes of module files: uncompressed, and each supported compression.
const SUFFIXES: [&str; 4] = [".ko", ".ko.gz", ".ko.xz", ".ko.zst"];

/// Returns the normalized name of a module that is given by its name or by the path of its file.
///
/// `-` and `_` are equivalent in names (modprobe(8)); the normalized name has `_`.
pub fn module_name(module: &str) -> Cow<'_, str> {
    let base = module.rsplit('/').next().unwrap_or(module);
    let name = SUFFIXES
        .iter()
        .find_map(|suffix| base.strip_suffix(suffix))
        .unwrap_or(base);
    if name.contains('-') {
        name.replace('-', "_").into()
    } else {
        name.into()
    }
}

/// Returns the module names in a file of `modules-load.d`: one per line; `#` and `;` start a comment.
///
/// Source of the format: modules-load.d(5).
pub fn modules_load_names(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_directory_and_suffix() {
        for (given, name) in [
            ("erofs", "erofs"),
            ("dm-mod", "dm_mod"),
            ("kernel/fs/erofs/erofs.ko", "erofs"),
            ("/lib/modules/6.1/kernel/virtio-blk.ko.xz", "virtio_blk"),
            ("a.ko.zst", "a"),
            ("a.ko.gz", "a"),
            ("a.ko.bz2", "a.ko.bz2"),
            ("", ""),
        ] {
            assert_eq!(module_name(given), name);
        }
    }

    #[test]
    fn skips_comments_and_empty_lines() {
        let text = "# comment\n\n  erofs \n; other\noverlay";
        assert_eq!(
            modules_load_names(text).collect::<Vec<_>>(),
            ["erofs", "overlay"]
        );
    }
}
