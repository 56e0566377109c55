//! The step `modules`: loads kernel modules.

mod compression;
mod config;
mod file;
mod gzip;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kernel_modules::{ModuleIndex, module_name, modules_load_names};
use nix::sys::utsname::uname;

use crate::console::{Level, log};
use crate::directory::{read_names_if_exists, with_path};
use crate::failure::Failure;

const MODULES_LOAD_DIR: &str = "/etc/modules-load.d";
const MODULES_DIR: &str = "/lib/modules";
/// The directories of modprobe.d(5) that an initramfs has; the first takes precedence.
const MODPROBE_DIRS: [&str; 2] = ["/etc/modprobe.d", "/lib/modprobe.d"];

/// Loads the modules that the files of `/etc/modules-load.d/` name, then those of the setting
/// `modules`, each after its dependencies and with its parameters.
pub fn load_all(from_setting: &[String]) -> Result<(), Failure> {
    let failure = |cause: &dyn std::fmt::Display| Failure::new("modules", cause);
    let mut names =
        read_module_lists(Path::new(MODULES_LOAD_DIR)).map_err(|error| failure(&error))?;
    names.extend_from_slice(from_setting);
    if names.is_empty() {
        return Ok(());
    }
    let directory = module_directory().map_err(|error| failure(&error))?;
    let mut index = ModuleIndex::read(&directory).map_err(|error| {
        failure(&format_args!(
            "{error}; the initramfs needs the modules of this kernel"
        ))
    })?;
    let config = config::read(&MODPROBE_DIRS.map(Path::new), Path::new("/proc/cmdline"))
        .map_err(|error| failure(&error))?;
    index.add_config(&config);
    for name in names.iter().filter(|name| index.is_excluded(name)) {
        log(Level::Info, &format!("modules: {name}: blacklisted"));
    }
    let files = index
        .load_plan(names.iter().map(String::as_str))
        .map_err(|error| failure(&format_args!("{}: {error}", directory.display())))?;
    for module in files {
        let path = directory.join(module.path);
        let Err(error) = file::load(&path, &index.options(module.path)) else {
            continue;
        };
        let name = module_name(module.path);
        let cause = format!("{name}: {}: {error}", path.display());
        if module.is_required {
            return Err(failure(&cause));
        }
        log(Level::Warning, &format!("modules: {cause}; not required"));
    }
    Ok(())
}

/// `/lib/modules/<release>` of the running kernel.
fn module_directory() -> io::Result<PathBuf> {
    Ok(Path::new(MODULES_DIR).join(uname()?.release()))
}

/// Reads the module names from all `*.conf` files of a directory, in the order of the file names.
fn read_module_lists(directory: &Path) -> io::Result<Vec<String>> {
    let mut modules = Vec::new();
    for name in read_names_if_exists(directory)? {
        if !name.ends_with(".conf") {
            continue;
        }
        let path = directory.join(name);
        let text = fs::read_to_string(&path).map_err(|error| with_path(&path, error))?;
        modules.extend(modules_load_names(&text).map(str::to_owned));
    }
    Ok(modules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use temp_dir::TempDir;

    #[test]
    fn reads_lists_in_the_order_of_file_names() {
        let dir = TempDir::new().unwrap();
        for (name, text) in [
            ("b.conf", "three\n"),
            ("a.conf", "# one\none\ntwo"),
            ("README", "no"),
        ] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        assert_eq!(
            read_module_lists(dir.path()).unwrap(),
            ["one", "two", "three"]
        );
    }

    #[test]
    fn missing_directory_is_an_empty_list_and_errors_name_the_file() {
        assert_eq!(read_module_lists(Path::new("/nowhere")).unwrap(), [""; 0]);
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("a.conf"), b"\xff").unwrap();
        let error = read_module_lists(dir.path()).unwrap_err().to_string();
        assert!(error.contains("/a.conf: "), "{error}");
    }
}
