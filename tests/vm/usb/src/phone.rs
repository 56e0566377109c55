//! A phone that is connected to this machine.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use boot_devices::{Bus, Change, ConnectLimits, Device, SystemBus, UsbDevice, Watch, find};
use fastboot::{Client, Limits, Transport, VariableName};
use fastboot_device::{Behaviour, UsbFront, UsbOptions};

/// Long: only a hang reaches it, even in an emulator on a busy machine.
const LONG: Duration = Duration::from_secs(60);

pub const LIMITS: Limits = Limits {
    getvar: LONG,
    reply: LONG,
    transfer: LONG,
    continuation: Duration::from_secs(1),
};

/// The phone, and the device that was found.
pub struct Phone {
    pub front: UsbFront,
    pub device: Device,
}

impl Phone {
    /// Connects a phone, and finds it.
    pub fn connect(behaviour: Behaviour, options: &UsbOptions) -> anyhow::Result<Self> {
        wait_until_empty()?;
        let device = fastboot_device::Device::new(behaviour);
        let front = UsbFront::start(device, options).context("cannot connect the gadget")?;
        let device = find(None, Some(LONG), &mut SystemBus)?;
        Ok(Phone { front, device })
    }

    pub fn plain() -> anyhow::Result<Self> {
        Self::connect(Behaviour::default(), &UsbOptions::default())
    }

    pub fn client(&self) -> anyhow::Result<Client<'static, Box<dyn Transport>>> {
        let transport = self
            .device
            .connect(&mut SystemBus, &ConnectLimits::default())?;
        Ok(Client::new(transport, LIMITS, |_| {}))
    }

    pub fn usb(&self) -> anyhow::Result<&UsbDevice> {
        self.device.usb().context("not on USB")
    }

    /// Waits for what becomes of the phone.
    pub fn watch(&self) -> anyhow::Result<PhoneWatch> {
        Ok(PhoneWatch(Watch::new(self.usb()?)))
    }
}

pub struct PhoneWatch(Watch);

impl PhoneWatch {
    pub fn wait(&mut self) -> anyhow::Result<Change> {
        let interval = Duration::from_millis(20);
        let change = self.0.wait(&mut SystemBus, LONG, interval)?;
        change.context("nothing happened")
    }

    /// Waits until more happens than that it left.
    pub fn wait_until_back(&mut self) -> anyhow::Result<Change> {
        match self.wait()? {
            Change::Left => self.wait(),
            change => Ok(change),
        }
    }
}

/// Waits until an earlier phone is gone.
fn wait_until_empty() -> anyhow::Result<()> {
    let deadline = Instant::now() + LONG;
    while SystemBus
        .devices()?
        .iter()
        .any(|device| device.vid == 0x18d1)
    {
        ensure!(
            Instant::now() < deadline,
            "the last phone does not disconnect"
        );
        SystemBus.sleep(Duration::from_millis(20));
    }
    Ok(())
}

pub fn name(name: &str) -> anyhow::Result<VariableName> {
    Ok(VariableName::new(name)?)
}

pub fn image(size: usize) -> Vec<u8> {
    (0..size).map(|number| (number % 251) as u8).collect()
}
