//! The step `init`: which program the distribution starts with.

use std::io;
use std::path::Path;

use stage0_settings::Settings;

use crate::console::{Level, say};
use crate::failure::Failure;
use crate::root_path::is_executable;

/// Where it usually is.
const USUAL: [&str; 3] = [
    "/usr/lib/systemd/systemd",
    "/lib/systemd/systemd",
    "/sbin/init",
];

/// The path in `root` of the program to become.
///
/// The setting's, which has to be there; or what `init=` on the kernel command line names, or else
/// one of the usual. The last two are not as strict: boot loaders of phones pass Android's `init=`.
pub fn find_init<'a>(root: &Path, settings: &'a Settings) -> Result<&'a str, Failure> {
    if let Some(path) = &settings.init {
        return match is_executable(root, path) {
            Ok(true) => Ok(path),
            Ok(false) => Err(Failure::new(
                "init",
                format_args!("{path}: not an executable file"),
            )),
            Err(error) => Err(Failure::new(
                "init",
                format_args!("{path}: not in the root: {error}"),
            )),
        };
    }
    if let Some(path) = &settings.kernel_init {
        if is_there(root, path)? {
            return Ok(path);
        }
        let text = format!("init: {path}, the kernel's init=, is not in the root; ignored");
        say(Level::Warning, &text);
    }
    for path in USUAL {
        if is_there(root, path)? {
            return Ok(path);
        }
    }
    Err(Failure::new(
        "init",
        format_args!(
            "none in the root: neither {}; set stage0.init=",
            USUAL.join(" nor ")
        ),
    ))
}

/// Like [`is_executable`], but nothing there is no error.
fn is_there(root: &Path, path: &str) -> Result<bool, Failure> {
    match is_executable(root, path) {
        Err(error) if is_absent(&error) => Ok(false),
        result => result.map_err(|error| Failure::new("init", format_args!("{path}: {error}"))),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use temp_dir::TempDir;

    /// A root with these programs.
    fn root(programs: &[&str]) -> TempDir {
        let root = TempDir::new().unwrap();
        for program in programs {
            let path = root.path().join(program.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        }
        root
    }

    fn find(programs: &[&str], line: &str) -> Result<String, String> {
        let mut settings = Settings::default();
        assert_eq!(settings.apply_command_line(line), []);
        let found = find_init(root(programs).path(), &settings);
        found.map(str::to_owned).map_err(|error| error.to_string())
    }

    #[test]
    fn the_usual_places_are_tried_in_order() {
        for (at, path) in USUAL.iter().enumerate() {
            assert_eq!(find(&USUAL[at..], "").unwrap(), *path);
        }
        let error = find(&[], "").unwrap_err();
        assert!(error.starts_with("step init: none in the root"), "{error}");
        assert!(error.contains("/sbin/init"), "{error}");
    }

    #[test]
    fn the_settings_init_has_to_be_there() {
        let line = "stage0.init=/a init=/b";
        assert_eq!(find(&["/a", "/b", "/sbin/init"], line).unwrap(), "/a");
        let error = find(&["/b", "/sbin/init"], line).unwrap_err();
        assert!(
            error.starts_with("step init: /a: not in the root: "),
            "{error}"
        );
    }

    #[test]
    fn the_kernels_init_is_taken_where_it_is_there() {
        assert_eq!(find(&["/b", "/sbin/init"], "init=/b").unwrap(), "/b");
        assert_eq!(find(&["/sbin/init"], "init=/b").unwrap(), "/sbin/init");
    }
}
