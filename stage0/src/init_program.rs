//! The step `init`: finds the init of the distribution.

use std::io;
use std::path::Path;

use stage0_settings::Settings;

use crate::console::{Level, log};
use crate::failure::Failure;
use crate::root_path::is_executable;

/// Tried in this order if neither the setting nor the kernel command line names an existing file.
const DEFAULT_PATHS: [&str; 3] = [
    "/usr/lib/systemd/systemd",
    "/lib/systemd/systemd",
    "/sbin/init",
];

/// Returns the path in `root` of the program to execute as init.
///
/// It is the setting `init`, which has to exist; or `init=` of the kernel command line, or the first
/// default path that exists. A missing file of the kernel's `init=` is only a warning, because boot
/// loaders of phones pass Android's.
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
        if has_executable(root, path)? {
            return Ok(path);
        }
        let text = format!("init: {path}, the kernel's init=, is not in the root; ignored");
        log(Level::Warning, &text);
    }
    for path in DEFAULT_PATHS {
        if has_executable(root, path)? {
            return Ok(path);
        }
    }
    Err(Failure::new(
        "init",
        format_args!(
            "no init in the root: neither {}; set stage0.init=",
            DEFAULT_PATHS.join(" nor ")
        ),
    ))
}

/// Like [`is_executable`], but returns false if the file does not exist.
fn has_executable(root: &Path, path: &str) -> Result<bool, Failure> {
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

    /// A root directory with these executable files.
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
    fn tries_default_paths_in_order() {
        for (at, path) in DEFAULT_PATHS.iter().enumerate() {
            assert_eq!(find(&DEFAULT_PATHS[at..], "").unwrap(), *path);
        }
        let error = find(&[], "").unwrap_err();
        assert!(
            error.starts_with("step init: no init in the root"),
            "{error}"
        );
        assert!(error.contains("/sbin/init"), "{error}");
    }

    #[test]
    fn init_of_the_setting_must_exist() {
        let line = "stage0.init=/a init=/b";
        assert_eq!(find(&["/a", "/b", "/sbin/init"], line).unwrap(), "/a");
        let error = find(&["/b", "/sbin/init"], line).unwrap_err();
        assert!(
            error.starts_with("step init: /a: not in the root: "),
            "{error}"
        );
    }

    #[test]
    fn uses_the_kernels_init_if_it_exists() {
        assert_eq!(find(&["/b", "/sbin/init"], "init=/b").unwrap(), "/b");
        assert_eq!(find(&["/sbin/init"], "init=/b").unwrap(), "/sbin/init");
    }
}
