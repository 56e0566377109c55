//! The gadget in configfs: `Documentation/usb/gadget_configfs.rst` of Linux.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::UsbOptions;
use super::descriptors::{descriptors, strings};

const GADGETS: &str = "/sys/kernel/config/usb_gadget";
const MOUNT: &str = "/run/fastboot-device";
const FASTBOOT: &str = "ffs.fastboot";
const SERIAL_PORT: &str = "acm.port";

/// How long the kernel may take to give the controller of an earlier gadget free.
const CONNECT: Duration = Duration::from_secs(10);

/// A gadget, which is removed when it is dropped.
pub struct Gadget {
    path: PathBuf,
    /// Keeps the function alive.
    control: Option<File>,
}

impl Gadget {
    /// Creates the gadget, with its descriptors, and does not connect it.
    pub fn create(options: &UsbOptions) -> io::Result<Self> {
        if !Path::new(GADGETS).exists() {
            run("mount", &["-t", "configfs", "none", "/sys/kernel/config"])?;
        }
        let mut gadget = Gadget {
            path: Path::new(GADGETS).join("fastboot-device"),
            control: None,
        };
        fs::create_dir(&gadget.path)?;
        for directory in ["strings/0x409", "configs/c.1"] {
            fs::create_dir(gadget.path.join(directory))?;
        }
        for (attribute, value) in [
            ("idVendor", "0x18d1"),
            ("idProduct", "0xd00d"),
            ("strings/0x409/manufacturer", "Google"),
            ("strings/0x409/product", "Android"),
            ("strings/0x409/serialnumber", &options.serial),
        ] {
            gadget.set(attribute, value)?;
        }
        if options.has_serial_port {
            gadget.add(SERIAL_PORT)?;
        }
        gadget.add(FASTBOOT)?;
        fs::create_dir_all(MOUNT)?;
        run("mount", &["-t", "functionfs", "fastboot", MOUNT])?;
        let mut control = File::options()
            .read(true)
            .write(true)
            .open(gadget.endpoint(0))?;
        control.write_all(&descriptors())?;
        control.write_all(&strings())?;
        gadget.control = Some(control);
        Ok(gadget)
    }

    /// The file of an endpoint, by its place in the descriptors from 1; 0 is the control endpoint.
    pub fn endpoint(&self, number: u8) -> PathBuf {
        Path::new(MOUNT).join(format!("ep{number}"))
    }

    /// Connects the gadget to the first controller.
    pub fn connect(&self) -> io::Result<()> {
        let controller = fs::read_dir("/sys/class/udc")?.next();
        let controller = controller.ok_or(io::ErrorKind::NotFound)??.file_name();
        let name = controller.to_string_lossy();
        let deadline = Instant::now() + CONNECT;
        loop {
            match self.set("UDC", &name) {
                Err(error)
                    if error.kind() == io::ErrorKind::ResourceBusy && Instant::now() < deadline =>
                {
                    thread::sleep(Duration::from_millis(20));
                }
                result => return result,
            }
        }
    }

    /// Disconnects the gadget.
    pub fn disconnect(&self) -> io::Result<()> {
        self.set("UDC", "\n")
    }

    /// Replaces the function of fastboot with a serial port.
    pub fn replace_with_serial_port(&self) -> io::Result<()> {
        self.set("idProduct", "0x4e11")?;
        fs::remove_file(self.link(FASTBOOT))?;
        match self.link(SERIAL_PORT).exists() {
            true => Ok(()),
            false => self.add(SERIAL_PORT),
        }
    }

    fn set(&self, attribute: &str, value: &str) -> io::Result<()> {
        fs::write(self.path.join(attribute), value)
    }

    fn add(&self, function: &str) -> io::Result<()> {
        let path = self.path.join("functions").join(function);
        fs::create_dir(&path)?;
        symlink(&path, self.link(function))
    }

    fn link(&self, function: &str) -> PathBuf {
        self.path.join("configs/c.1").join(function)
    }
}

impl Drop for Gadget {
    fn drop(&mut self) {
        // What was not created cannot be removed, and what stays fails the next `create`.
        let _ = self.disconnect();
        self.control = None;
        let _ = run("umount", &["-l", MOUNT]);
        for function in [FASTBOOT, SERIAL_PORT] {
            let _ = fs::remove_file(self.link(function));
            let _ = fs::remove_dir(self.path.join("functions").join(function));
        }
        for directory in ["configs/c.1", "strings/0x409", ""] {
            let _ = fs::remove_dir(self.path.join(directory));
        }
    }
}

fn run(program: &str, arguments: &[&str]) -> io::Result<()> {
    let output = Command::new(program).args(arguments).output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).trim(),
        )),
    }
}
