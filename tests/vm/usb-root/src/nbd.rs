//! The kernel's network block device, over a network of the gadget: a peer for measurements. The host has a network namespace of its own, as
//! the packets between two addresses of one would not leave the machine.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use crate::gadget::mount_configfs;
use crate::kmsg::log;
use crate::role::{DEVICE_ADDRESS, HOST_ADDRESS, set_address};
use crate::wait::{LONG, wait_for};
use crate::wrapper::{HOST_NAME, NAME};

const GADGET: &str = "/sys/kernel/config/usb_gadget/nbd";
const CONTROLLER: &str = "dummy_udc.0";
const DEVICE: &str = "/dev/nbd0";
const BUSYBOX: &str = "/usr/bin/busybox";

/// The name of the image for client and server.
const EXPORT: &str = "image";

/// Where the host mounts the disk with the server and its libraries.
const SERVER_ROOT: &str = "/server";
const SERVER_DISK: &str = "/dev/vdb";

/// The configuration of the server, as nbd-server(5) documents it.
const CONFIGURATION: &str = "[generic]\n[image]\nexportname=/dev/vda\nreadonly=true\n";

/// The root's side: makes a gadget with a network, connects to the server, and returns the block device.
pub fn connect() -> anyhow::Result<&'static str> {
    make_gadget().context("a gadget with a network")?;
    let interface = fs::read_to_string(format!("{GADGET}/functions/ncm.0/ifname"))?;
    set_address(BUSYBOX, interface.trim(), DEVICE_ADDRESS)?;
    wait_for("the server", LONG, || {
        let mut command = Command::new(BUSYBOX);
        command.args(["nbd-client", "-N", EXPORT, HOST_ADDRESS, DEVICE]);
        let output = command.output().context("nbd-client")?;
        Ok(output.status.success().then_some(()))
    })?;
    let size = Path::new("/sys/block/nbd0/size");
    wait_for(DEVICE, LONG, || {
        Ok((fs::read_to_string(size)? != "0\n").then_some(()))
    })?;
    log("the network block device is connected");
    Ok(DEVICE)
}

/// Documentation/usb/gadget_configfs.rst of Linux.
fn make_gadget() -> anyhow::Result<()> {
    mount_configfs();
    let gadget = Path::new(GADGET);
    let function = gadget.join("functions/ncm.0");
    let configuration = gadget.join("configs/c.1");
    fs::create_dir(gadget)?;
    fs::write(gadget.join("idVendor"), "0xdead")?;
    fs::write(gadget.join("idProduct"), "0xbeef")?;
    fs::create_dir(&function)?;
    fs::create_dir(&configuration)?;
    symlink(&function, configuration.join("ncm.0"))?;
    fs::write(gadget.join("UDC"), CONTROLLER)?;
    Ok(())
}

/// The host's side: starts the server in its network namespace, and moves the network there.
pub fn start_server() -> anyhow::Result<Child> {
    let mut command = Command::new(Path::new("/").join(NAME));
    command.arg0(HOST_NAME).arg("nbd-server");
    command.stdin(Stdio::null());
    let child = command.spawn().context("the server")?;
    let interface = wait_for("the network of the gadget", LONG, host_interface)?;
    // It stays here until the server has its namespace.
    wait_for("the server's namespace", LONG, || {
        let mut command = Command::new("/busybox");
        let pid = child.id().to_string();
        command.args(["ip", "link", "set", &interface, "netns", &pid]);
        command.output().context("ip")?;
        Ok(host_interface()?.is_none().then_some(()))
    })?;
    Ok(child)
}

/// The name of the network interface on the host's side of the cable.
fn host_interface() -> anyhow::Result<Option<String>> {
    for entry in fs::read_dir("/sys/class/net")? {
        let entry = entry?;
        let driver = fs::read_link(entry.path().join("device/driver")).unwrap_or_default();
        if driver.ends_with("cdc_ncm") {
            return Ok(entry.file_name().into_string().ok());
        }
    }
    Ok(None)
}

/// Becomes the server, once its network namespace has the network.
pub fn serve() -> anyhow::Result<()> {
    unshare(CloneFlags::CLONE_NEWNET).context("unshare")?;
    let interface = wait_for("the network in the namespace", LONG, || {
        let interfaces = fs::read_to_string("/proc/self/net/dev")?;
        Ok(other_than_loopback(&interfaces).map(str::to_owned))
    })?;
    set_address("/busybox", &interface, HOST_ADDRESS)?;
    let none = None::<&str>;
    fs::create_dir(SERVER_ROOT)?;
    let flags = MsFlags::MS_RDONLY;
    mount(Some(SERVER_DISK), SERVER_ROOT, Some("erofs"), flags, none).context(SERVER_DISK)?;
    for name in ["dev", "tmp"] {
        let (from, to) = (format!("/{name}"), format!("{SERVER_ROOT}/{name}"));
        let flags = MsFlags::MS_BIND;
        mount(Some(from.as_str()), to.as_str(), none, flags, none).context(to)?;
    }
    fs::write("/tmp/nbd-server.conf", CONFIGURATION)?;
    nix::unistd::chroot(SERVER_ROOT).context(SERVER_ROOT)?;
    std::env::set_current_dir("/")?;
    let mut command = Command::new("/usr/bin/nbd-server");
    // In the foreground.
    command.args(["-d", "-C", "/tmp/nbd-server.conf"]);
    Err(command.arg0(HOST_NAME).exec()).context("nbd-server")
}

/// The first other network interface in /proc/net/dev, which proc_pid_net(5) describes.
fn other_than_loopback(interfaces: &str) -> Option<&str> {
    let lines = interfaces.lines().skip(2);
    let mut names = lines.filter_map(|line| Some(line.split_once(':')?.0.trim()));
    names.find(|name| *name != "lo")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_interface() {
        let header = "Inter-| Receive\n face |bytes\n    lo:       0\n";
        assert_eq!(other_than_loopback(header), None);
        let with_usb = format!("{header}  usb1: 12 0\n");
        assert_eq!(other_than_loopback(&with_usb), Some("usb1"));
    }
}
