//! The step `modules`: loading kernel modules.

mod compression;
mod file;
mod gzip;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kernel_modules::{ModuleIndex, module_name, modules_load_names};
use nix::sys::utsname::uname;

use crate::console::{Level, say};
use crate::directory::{at, names_if_there};
use crate::failure::Failure;

const LISTS: &str = "/etc/modules-load.d";
const MODULES: &str = "/lib/modules";

/// Loads the modules that the files of `/etc/modules-load.d/` name, then those of the setting
/// `modules`, each after what it needs.
pub fn load_all(of_setting: &[String]) -> Result<(), Failure> {
    let failure = |cause: &dyn std::fmt::Display| Failure::new("modules", cause);
    let mut names = listed(Path::new(LISTS)).map_err(|error| failure(&error))?;
    names.extend_from_slice(of_setting);
    if names.is_empty() {
        return Ok(());
    }
    let directory = directory().map_err(|error| failure(&error))?;
    let index = ModuleIndex::read(&directory).map_err(|error| {
        failure(&format_args!(
            "{error}; the initramfs needs the modules of this kernel"
        ))
    })?;
    let files = index
        .load_plan(names.iter().map(String::as_str))
        .map_err(|error| failure(&format_args!("{}: {error}", directory.display())))?;
    for module in files {
        let path = directory.join(module.path);
        let Err(error) = file::load(&path) else {
            continue;
        };
        let name = module_name(module.path);
        let cause = format!("{name}: {}: {error}", path.display());
        if module.is_required {
            return Err(failure(&cause));
        }
        say(Level::Warning, &format!("modules: {cause}; not required"));
    }
    Ok(())
}

/// `/lib/modules/<release>` of the running kernel.
fn directory() -> io::Result<PathBuf> {
    Ok(Path::new(MODULES).join(uname()?.release()))
}

/// The names in all files `*.conf` of a directory, sorted by the files' names.
fn listed(directory: &Path) -> io::Result<Vec<String>> {
    let mut modules = Vec::new();
    for name in names_if_there(directory)? {
        if !name.ends_with(".conf") {
            continue;
        }
        let path = directory.join(name);
        let text = fs::read_to_string(&path).map_err(|error| at(&path, error))?;
        modules.extend(modules_load_names(&text).map(str::to_owned));
    }
    Ok(modules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use temp_dir::TempDir;

    #[test]
    fn the_files_are_read_in_the_order_of_their_names() {
        let dir = TempDir::new().unwrap();
        for (name, text) in [
            ("b.conf", "three\n"),
            ("a.conf", "# one\none\ntwo"),
            ("README", "no"),
        ] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        assert_eq!(listed(dir.path()).unwrap(), ["one", "two", "three"]);
    }

    #[test]
    fn no_directory_is_no_modules_and_a_bad_file_is_named() {
        assert_eq!(listed(Path::new("/nowhere")).unwrap(), [""; 0]);
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("a.conf"), b"\xff").unwrap();
        let error = listed(dir.path()).unwrap_err().to_string();
        assert!(error.contains("/a.conf: "), "{error}");
    }
}
