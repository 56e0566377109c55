//! What a module is called.

use std::borrow::Cow;

/// What a module's file is called after its name: as built, and as compressed when installed.
const SUFFIXES: [&str; 4] = [".ko", ".ko.gz", ".ko.xz", ".ko.zst"];

/// The name of a module that is given as its name, or as the path of its file.
///
/// `-` and `_` are the same in a name, as modprobe(8) has it; here it is always `_`.
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

/// The modules that a file of `modules-load.d` names: one a line, `#` or `;` begin a comment.
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
    fn a_name_is_what_is_left_of_a_path() {
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
    fn comments_and_empty_lines_name_nothing() {
        let text = "# comment\n\n  erofs \n; other\noverlay";
        assert_eq!(
            modules_load_names(text).collect::<Vec<_>>(),
            ["erofs", "overlay"]
        );
    }
}
