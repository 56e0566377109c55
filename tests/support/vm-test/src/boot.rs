//! What to boot.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Machine;
use crate::vm::Vm;

/// A machine that can be switched on.
#[derive(Debug, Clone)]
pub struct Boot {
    /// What kind of machine.
    pub machine: Machine,
    /// The QEMU program, by its path or its name on PATH; see [`Machine::program`].
    pub qemu: PathBuf,
    /// The kernel image.
    pub kernel: PathBuf,
    /// The initramfs, compressed as the kernel can read it.
    pub initramfs: PathBuf,
    /// Raw images of virtio disks: /dev/vda, /dev/vdb …. The machine can write to them, and what it
    /// writes is in the file afterwards.
    pub disks: Vec<PathBuf>,
    /// The end of the kernel's command line; the console is set already, and that a panic ends the
    /// machine.
    pub command_line: String,
    /// Memory in MiB.
    pub memory: u32,
}

impl Boot {
    /// Switches the machine on; it is killed when `deadline` is over.
    ///
    /// # Errors
    /// QEMU cannot be started. What it finds wrong later is part of its output.
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
        add("-kernel", self.kernel.clone().into());
        add("-initrd", self.initramfs.clone().into());
        add("-append", self.full_command_line().into());
        for (index, path) in self.disks.iter().enumerate() {
            add("-drive", drive(index, path));
            add(
                "-device",
                format!("virtio-blk-pci,drive=disk{index}").into(),
            );
        }
        // No devices but these, and a restart ends QEMU, as switching off does.
        arguments.extend(["-nodefaults", "-no-reboot"].map(Into::into));
        arguments
    }

    fn full_command_line(&self) -> String {
        let (console, own) = (self.machine.console(), self.machine.command_line());
        format!("console={console} {own} {}", self.command_line)
    }
}

/// QEMU's description of a disk. A comma in the path is doubled, as it separates QEMU's options.
fn drive(index: usize, path: &Path) -> OsString {
    let path = path.to_string_lossy().replace(',', ",,");
    format!("if=none,id=disk{index},format=raw,file={path}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boot(machine: Machine) -> Boot {
        Boot {
            machine,
            qemu: machine.program().into(),
            kernel: "vmlinuz".into(),
            initramfs: "initramfs".into(),
            disks: vec!["a.img".into(), "b,c.img".into()],
            command_line: "stage0.root=/dev/vda".to_owned(),
            memory: 512,
        }
    }

    #[test]
    fn the_console_is_the_serial_port() {
        let line = boot(Machine::Armv7).full_command_line();
        assert_eq!(line, "console=ttyAMA0 panic=-1 stage0.root=/dev/vda");
    }

    #[test]
    fn every_machine_is_emulated() {
        for machine in [Machine::X86_64, Machine::Aarch64, Machine::Armv7] {
            let arguments = boot(machine).arguments();
            assert!(arguments[1].to_string_lossy().contains("accel=tcg"));
        }
    }

    #[test]
    fn disks_can_be_written_to_and_may_have_commas() {
        let arguments = boot(Machine::X86_64).arguments();
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
