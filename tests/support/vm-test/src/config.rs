//! The configuration of a virtual machine.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::time::Duration;

use serde::Deserialize;

use crate::{Machine, Vm};

/// What to boot, and on which machine.
#[derive(Debug, Clone)]
pub struct VmConfig {
    /// The kind of machine.
    pub machine: Machine,
    /// The QEMU program, by its path or its name on PATH; see [`Machine::program`].
    pub qemu: PathBuf,
    /// What it runs first.
    pub boot: Boot,
    /// Raw images of virtio disks: /dev/vda, /dev/vdb, and so on. The machine can write to them.
    pub disks: Vec<PathBuf>,
    /// Memory in MiB.
    pub memory: u32,
}

/// What a machine runs first.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Boot {
    /// A kernel, which QEMU loads.
    Kernel {
        /// The kernel image.
        image: PathBuf,
        /// The initramfs, in a compression that the kernel supports.
        initramfs: PathBuf,
        /// Appended to the kernel's command line, after the console and the settings with which a
        /// panic ends the machine.
        command_line: String,
        /// The machine's end of a network with one other machine, if it has one.
        link: Option<Link>,
    },
    /// Firmware. The machine has a network interface, 10.0.2.15, and uses the network of the host.
    Firmware {
        /// The firmware image.
        image: PathBuf,
        /// The UDP port of the machine that the host reaches, at [`Vm::udp_port`].
        udp_port: u16,
        /// That port of the host, on 127.0.0.1. 0: the operating system chooses a free one.
        host_port: u16,
    },
}

/// The end of a network between two machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// That of the machine which starts first.
    Listen,
    /// That of the machine which the client of the other one's test starts.
    Connect,
}

/// The environment variable with the link's name, for a client that starts the other machine.
pub(crate) const LINK_NAME: &str = "VM_TEST_LINK";

/// The link's name: of an abstract socket, as the paths of a test can be too long for one of the file system.
pub(crate) fn link_name() -> String {
    env::var(LINK_NAME).unwrap_or_else(|_| format!("vm-test-{}", process::id()))
}

impl VmConfig {
    /// Starts QEMU. [`Vm::next_event`] returns [`Event::Deadline`](crate::Event::Deadline) once
    /// `deadline` has passed.
    ///
    /// # Errors
    /// QEMU cannot be started. Errors that it reports later are part of its output.
    pub fn start(&self, deadline: Duration) -> std::io::Result<Vm> {
        Vm::spawn(Command::new(&self.qemu).args(self.arguments()), deadline)
    }

    fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> =
            self.machine.arguments().iter().map(Into::into).collect();
        let mut add = |option: &str, value: OsString| arguments.extend([option.into(), value]);
        add("-m", self.memory.to_string().into());
        add("-smp", "1".into());
        add("-display", "none".into());
        add("-serial", "stdio".into());
        match &self.boot {
            Boot::Kernel {
                image,
                initramfs,
                command_line,
                link,
            } => {
                if let Some(link) = link {
                    add("-netdev", link.network().into());
                    add("-device", "virtio-net-pci,netdev=net,romfile=".into());
                }
                add("-kernel", image.into());
                add("-initrd", initramfs.into());
                add("-append", self.full_command_line(command_line).into());
            }
            Boot::Firmware {
                image,
                udp_port,
                host_port,
            } => {
                add("-bios", image.into());
                add("-netdev", network(*host_port, *udp_port).into());
                add("-device", "virtio-net-pci,netdev=net".into());
            }
        }
        for (index, path) in self.disks.iter().enumerate() {
            add("-drive", drive(index, path));
            add(
                "-device",
                format!("virtio-blk-pci,drive=disk{index}").into(),
            );
        }
        // No other devices; a reboot ends QEMU, as a power-off does.
        arguments.extend(["-nodefaults", "-no-reboot"].map(Into::into));
        arguments
    }

    fn full_command_line(&self, command_line: &str) -> String {
        let (console, own) = (self.machine.console(), self.machine.command_line());
        format!("console={console} {own} {command_line}")
    }
}

impl Link {
    /// QEMU's description.
    fn network(self) -> String {
        let server = match self {
            Link::Listen => "on",
            Link::Connect => "off",
        };
        let name = link_name();
        format!("stream,id=net,server={server},addr.type=unix,addr.abstract=on,addr.path={name}")
    }
}

/// QEMU's description of a network. Not `restrict=on`, which drops the machine's answers over UDP.
fn network(host_port: u16, udp_port: u16) -> String {
    format!("user,id=net,hostfwd=udp:127.0.0.1:{host_port}-:{udp_port}")
}

/// QEMU's description of a disk. A comma in the path is doubled, as it separates QEMU's options.
fn drive(index: usize, path: &Path) -> OsString {
    let path = path.to_string_lossy().replace(',', ",,");
    format!("if=none,id=disk{index},format=raw,file={path}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(machine: Machine) -> VmConfig {
        VmConfig {
            machine,
            qemu: machine.program().into(),
            boot: Boot::Kernel {
                image: "vmlinuz".into(),
                initramfs: "initramfs".into(),
                command_line: String::new(),
                link: None,
            },
            disks: vec!["a.img".into(), "b,c.img".into()],
            memory: 512,
        }
    }

    #[test]
    fn uses_the_serial_port_as_console() {
        let line = config(Machine::Armv7).full_command_line("stage0.root=/dev/vda");
        assert_eq!(line, "console=ttyAMA0 panic=-1 stage0.root=/dev/vda");
    }

    #[test]
    fn emulates_every_machine() {
        for machine in [Machine::X86_64, Machine::Aarch64, Machine::Armv7] {
            let arguments = config(machine).arguments();
            assert!(arguments[1].to_string_lossy().contains("accel=tcg"));
        }
    }

    #[test]
    fn escapes_commas_in_disk_paths() {
        let arguments = config(Machine::X86_64).arguments();
        let drives: Vec<_> = arguments
            .iter()
            .map(|argument| argument.to_string_lossy())
            .filter(|argument| argument.starts_with("if=none"))
            .collect();
        assert_eq!(
            drives,
            [
                "if=none,id=disk0,format=raw,file=a.img",
                "if=none,id=disk1,format=raw,file=b,,c.img"
            ]
        );
    }
}
