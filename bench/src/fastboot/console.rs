//! The console of a machine with U-Boot.

use std::time::Duration;

use anyhow::{Context, bail};
use vm_test::{Event, Vm, VmConfig};

/// What is typed at U-Boot's prompt.
const COMMANDS: [&str; 4] = [
    "setenv ipaddr 10.0.2.15",
    "setenv netmask 255.255.255.0",
    "setenv gatewayip 10.0.2.2",
    "fastboot udp",
];

/// Far longer than all downloads take.
const DEADLINE: Duration = Duration::from_secs(1800);

/// A machine and what it has written since the last text that was waited for.
pub struct Console {
    vm: Vm,
    output: Vec<u8>,
}

/// A fastboot device. Dropping it stops the machine.
pub struct Device {
    /// Its UDP port of 127.0.0.1.
    pub port: u16,
    _vm: Vm,
}

impl Console {
    pub fn start(config: &VmConfig) -> anyhow::Result<Self> {
        let name = config.qemu.display().to_string();
        let vm = config.start(DEADLINE).context(name)?;
        Ok(Console {
            vm,
            output: Vec::new(),
        })
    }

    /// Makes U-Boot a fastboot device.
    pub fn listen(mut self) -> anyhow::Result<Device> {
        for command in COMMANDS {
            self.wait_for("=> ")?;
            self.vm.send(&format!("{command}\n"))?;
        }
        self.wait_for("Listening for fastboot command")?;
        Ok(Device {
            port: self.vm.udp_port()?,
            _vm: self.vm,
        })
    }

    fn wait_for(&mut self, text: &str) -> anyhow::Result<()> {
        loop {
            let output = String::from_utf8_lossy(&self.output);
            if let Some((_, rest)) = output.split_once(text) {
                self.output = rest.as_bytes().to_vec();
                return Ok(());
            }
            match self.vm.next_event()? {
                Event::Output(bytes) => self.output.extend(bytes),
                _ => bail!("U-Boot did not write {text:?}: {output}"),
            }
        }
    }
}
