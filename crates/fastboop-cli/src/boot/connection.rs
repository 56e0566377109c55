//! The connection to the device, and what the device is.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::Context;
use boot_devices::{Bus, ConnectLimits, Identity, UsbDevice, Watch, find, identify};
use cli_main::WithExitCode;
use device_profiles::{Outcome, Profile};
use fastboot::{Client, Limits, Transport};
use live_boot::{Device, DeviceReport, Event};

use super::report::Reporter;
use super::{Arguments, profile};
use crate::exit;
use crate::profile::Remembered;

/// A device that is connected.
pub struct Connection<'r> {
    pub client: Client<'r, Box<dyn Transport>>,
    device: boot_devices::Device,
    reporter: &'r RefCell<Reporter>,
}

impl<'r> Connection<'r> {
    /// Finds the device and connects to it.
    pub fn open(
        arguments: &Arguments,
        reporter: &'r RefCell<Reporter>,
        bus: &mut dyn Bus,
    ) -> anyhow::Result<Self> {
        let wait = arguments.wait.map(Duration::from_secs);
        let device = find(arguments.device.as_ref(), wait, bus);
        let device = device.with_exit_code(exit::DEVICE)?;
        let transport = device.connect(bus, &ConnectLimits::default());
        let transport = transport.with_exit_code(exit::DEVICE)?;
        let report = |event: fastboot::Event| reporter.borrow_mut().report(&event.into());
        Ok(Connection {
            client: Client::new(transport, Limits::default(), report),
            device,
            reporter,
        })
    }

    /// The address of the device, for messages.
    pub fn name(&self) -> String {
        format!("device {}", self.device.address())
    }

    /// Queries what the device is, chooses its profile, and fails if it is locked.
    pub fn identify(
        &mut self,
        named: Option<Profile>,
        arguments: &Arguments,
    ) -> anyhow::Result<Device> {
        let name = self.name();
        let all = crate::profile::load();
        let candidates: Vec<&Profile> = match &named {
            Some(profile) => vec![profile],
            None => all.iter().collect(),
        };
        let mut choices = Remembered::load();
        let identity = identify(&mut self.client, &self.device, candidates, &choices.choices);
        let identity = identity
            .with_context(|| name.clone())
            .with_exit_code(exit::TRANSFER)?;
        let profile = match &named {
            Some(profile) => {
                self.warn_about_other_device(&identity);
                Some(profile.clone())
            }
            None => self.choose(&identity, &mut choices, arguments)?,
        };
        self.reporter
            .borrow_mut()
            .report(&Event::Device(DeviceReport {
                address: Some(self.device.address().to_string()),
                profile: profile.as_ref().map(|profile| profile.id.clone()),
                name: profile
                    .as_ref()
                    .and_then(|profile| profile.display_name.clone()),
                serial: identity.serial.clone(),
                unlocked: identity.unlocked,
                max_download_size: identity.max_download_size,
            }));
        let sends = arguments.output.is_none() && !arguments.ignore_lock;
        if identity.unlocked == Some(false) && sends {
            let locked: anyhow::Result<()> = Err(anyhow::anyhow!(
                "{name}: the boot loader is locked, and locked ones refuse to boot an image; unlock it as the manufacturer describes, \
                 or try it all the same with --ignore-lock"
            ));
            locked.with_exit_code(exit::REFUSED)?;
        }
        Ok(Device {
            profile,
            serial: identity.serial,
            max_download: identity.max_download_size,
        })
    }

    /// Chooses among the profiles that match. `None` if none does: the image may describe the device.
    fn choose(
        &self,
        identity: &Identity<'_>,
        choices: &mut Remembered,
        arguments: &Arguments,
    ) -> anyhow::Result<Option<Profile>> {
        match &identity.outcome {
            Outcome::One(profile) => Ok(Some((*profile).clone())),
            Outcome::Ambiguous(profiles) => {
                let chosen = profile::ask(profiles, arguments.is_interactive());
                let chosen = chosen.with_context(|| self.name());
                let chosen = chosen.with_exit_code(exit::DEVICE)?;
                choices.remember(identity.serial.as_deref(), &chosen.id);
                Ok(Some(chosen.clone()))
            }
            Outcome::None(rejections) => {
                let product = identity.product.as_deref().unwrap_or("unknown");
                let mut message = format!("no profile matches the device, product {product:?}");
                if let [only] = rejections.as_slice() {
                    message += &format!(" ({only})");
                }
                self.warn(message);
                Ok(None)
            }
        }
    }

    fn warn_about_other_device(&self, identity: &Identity<'_>) {
        if let Outcome::None(rejections) = &identity.outcome {
            for rejection in rejections {
                self.warn(format!("the profile is for another device: {rejection}"));
            }
        }
    }

    fn warn(&self, message: String) {
        let warning = Event::Warning { message };
        self.reporter.borrow_mut().report(&warning);
    }

    /// The device on USB; `None` in a network.
    pub fn usb(&self) -> Option<&UsbDevice> {
        self.device.usb()
    }

    /// Ends the connection, and returns what observes the boot loader; `None` in a network.
    pub fn into_watch(self) -> Option<Watch> {
        // Its interface must be free for the device to leave cleanly.
        drop(self.client);
        self.device.usb().map(Watch::new)
    }
}
