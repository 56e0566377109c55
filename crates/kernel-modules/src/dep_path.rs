//! Paths in `modules.dep`.

/// Returns a path of `modules.dep` relative to the module directory of `release`; `None` if it is
/// outside.
///
/// depmod(8) writes relative paths. Android's build writes absolute ones, mostly without a release.
pub(crate) fn relative_path<'a>(path: &'a str, release: &str) -> Option<&'a str> {
    let path = if path.starts_with('/') {
        let below = after_modules(path)?;
        let in_release = below.strip_prefix(release);
        in_release
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(below)
    } else {
        path
    };
    let is_inside = path
        .split('/')
        .all(|component| !matches!(component, "" | "." | ".."));
    is_inside.then_some(path)
}

/// Returns what follows the directory of all releases, such as `/lib/modules/` or
/// `/vendor/lib/modules/`. Not by `split_once`, whose search for a string makes stage0 larger.
fn after_modules(path: &str) -> Option<&str> {
    path.match_indices('/')
        .find_map(|(at, _)| path.get(at..)?.strip_prefix("/lib/modules/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_module_directory() {
        for (path, expected) in [
            ("kernel/a.ko", Some("kernel/a.ko")),
            ("/lib/modules/6.9/kernel/a.ko", Some("kernel/a.ko")),
            ("/lib/modules/a.ko", Some("a.ko")),
            ("/vendor/lib/modules/a.ko", Some("a.ko")),
            ("/lib/modules/6.90/a.ko", Some("6.90/a.ko")),
            ("/etc/hostname", None),
            ("/lib/modules/", None),
            ("/lib/modules/6.9/../../../etc/a.ko", None),
            ("../a.ko", None),
            ("kernel/../../a.ko", None),
            ("a//b.ko", None),
            ("./a.ko", None),
            ("", None),
        ] {
            assert_eq!(relative_path(path, "6.9"), expected, "{path}");
        }
    }
}
