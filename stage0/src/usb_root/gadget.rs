//! The USB gadget in configfs: `Documentation/usb/gadget_configfs.rst` of Linux. It stays unconnected: the supervisor connects it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::mount::{MsFlags, mount};
use stage0_settings::Settings;

use super::descriptors::{descriptors, strings};
use super::write_attribute;

const CONFIGFS: &str = "/sys/kernel/config";
const GADGETS: &str = "/sys/kernel/config/usb_gadget";
const GADGET: &str = "/sys/kernel/config/usb_gadget/fastboop";
const FUNCTION: &str = "ffs.fastboop";
const CONSOLE: &str = "acm.fastboop";
/// The mount point of FunctionFS. Below /dev, with which it moves to the new root.
const ENDPOINTS: &str = "/dev/usb-root";

/// Creates the gadget, and returns its open control endpoint.
pub fn create(settings: &Settings) -> Result<File, String> {
    mount_configfs()?;
    let gadget = Path::new(GADGET);
    for directory in [
        "",
        "strings/0x409",
        "configs/c.1",
        "configs/c.1/strings/0x409",
    ] {
        create_directory(&gadget.join(directory))?;
    }
    let serial = settings.serial.as_deref().unwrap_or_default();
    for (attribute, value) in [
        ("idVendor", "0xdead"),
        ("idProduct", "0xbeef"),
        ("strings/0x409/manufacturer", "fastboop"),
        ("strings/0x409/product", "root over USB"),
        ("strings/0x409/serialnumber", serial),
        ("configs/c.1/strings/0x409/configuration", "root over USB"),
    ] {
        set(&gadget.join(attribute), value)?;
    }
    add_function(gadget, FUNCTION, "usb_f_fs")?;
    if settings.usb_console {
        add_function(gadget, CONSOLE, "usb_f_acm")?;
        // The kernel's log, from its beginning. Without CONFIG_U_SERIAL_CONSOLE the attribute is missing.
        let _ = write_attribute(&gadget.join("functions").join(CONSOLE).join("console"), "1");
    }
    mount_functionfs()?;
    let path = endpoint(0);
    let failure = |error: io::Error| format!("{}: {error}", path.display());
    let mut control = open_endpoint(0).map_err(failure)?;
    control
        .write_all(&descriptors(settings.usb_interface))
        .and_then(|()| control.write_all(&strings()))
        .map_err(failure)?;
    Ok(control)
}

/// Adds a function to the gadget, which `module` provides.
fn add_function(gadget: &Path, name: &str, module: &str) -> Result<(), String> {
    let function = gadget.join("functions").join(name);
    fs::create_dir(&function).map_err(|error| match error.raw_os_error().map(Errno::from_raw) {
        // The kernel tries to load the module itself, for which it needs modprobe.
        Some(Errno::ENOENT) => missing(&function, module),
        _ => format!("{}: {error}", function.display()),
    })?;
    let link = gadget.join("configs/c.1").join(name);
    symlink(&function, &link).map_err(|error| format!("{}: {error}", link.display()))
}

fn missing(path: &Path, module: &str) -> String {
    format!(
        "{} is missing; add the module {module} to the initramfs",
        path.display()
    )
}

fn mount_configfs() -> Result<(), String> {
    let configfs = Path::new(CONFIGFS);
    if !configfs.exists() {
        return Err(missing(configfs, "configfs"));
    }
    let gadgets = Path::new(GADGETS);
    if gadgets.exists() {
        return Ok(());
    }
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    match mount(
        Some("configfs"),
        configfs,
        Some("configfs"),
        flags,
        None::<&str>,
    ) {
        Ok(()) | Err(Errno::EBUSY) => {}
        Err(Errno::ENODEV) => return Err(missing(configfs, "configfs")),
        Err(error) => return Err(format!("{CONFIGFS}: {error}")),
    }
    match gadgets.exists() {
        true => Ok(()),
        false => Err(missing(gadgets, "libcomposite")),
    }
}

fn mount_functionfs() -> Result<(), String> {
    create_directory(Path::new(ENDPOINTS))?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    // The source is the name of the function's instance.
    mount(
        Some("fastboop"),
        ENDPOINTS,
        Some("functionfs"),
        flags,
        Some("mode=0700"),
    )
    .map_err(|error| format!("{ENDPOINTS}: functionfs: {error}"))
}

fn create_directory(path: &Path) -> Result<(), String> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(format!("{}: {error}", path.display()))
        }
        _ => Ok(()),
    }
}

fn set(path: &Path, value: &str) -> Result<(), String> {
    write_attribute(path, value).map_err(|error| format!("{}: {error}", path.display()))
}

/// The file of an endpoint, by its position in the descriptors from 1; 0 is the control endpoint.
fn endpoint(number: u8) -> PathBuf {
    Path::new(ENDPOINTS).join(format!("ep{number}"))
}

/// Opens an endpoint. While the host has not enabled the interface, transfers fail; otherwise they wait for the host.
pub fn open_endpoint(number: u8) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true);
    if number > 0 {
        options.custom_flags(OFlag::O_NONBLOCK.bits());
    }
    options.open(endpoint(number))
}

/// Opens the attribute that connects the gadget to a controller.
pub fn open_connection() -> io::Result<File> {
    File::options()
        .write(true)
        .open(Path::new(GADGET).join("UDC"))
}
