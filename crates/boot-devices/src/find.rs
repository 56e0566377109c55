//! Finds the device that the user means.

use std::time::Duration;

use fastboot_usb::{Bus, UsbDevice};

use crate::{Address, Device, Error, UsbAddress};

/// Between two lists of the devices. Notifications of the kernel would need udevd, which small systems lack.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// All devices on USB that are in fastboot mode.
///
/// # Errors
/// [`Error::List`].
pub fn list(bus: &mut dyn Bus) -> Result<Vec<Device>, Error> {
    let all = bus.devices().map_err(Error::List)?;
    let found = all.iter().filter(|device| device.is_fastboot());
    Ok(found.map(|device| describe(device, &all)).collect())
}

/// Finds the device with an address, or else the only one on USB in fastboot mode. A device in a network is found when it is
/// [connected](Device::connect), which then takes up to `wait` too.
///
/// # Errors
/// `None`, `NotFound` or `NotFastboot` if the device does not appear within `wait`; `Several`; `List`.
pub fn find(
    wanted: Option<&Address>,
    wait: Option<Duration>,
    bus: &mut dyn Bus,
) -> Result<Device, Error> {
    let deadline = wait.and_then(|wait| bus.now().checked_add(wait));
    let wanted = match wanted {
        Some(Address::Usb(address)) => Some(address),
        Some(address) => {
            return Ok(Device {
                address: address.clone(),
                usb: None,
                is_new: false,
                deadline,
            });
        }
        None => None,
    };
    let mut is_new = false;
    loop {
        match pick(wanted, &bus.devices().map_err(Error::List)?) {
            Err(Error::Several(addresses)) => return Err(Error::Several(addresses)),
            Err(error) if deadline.is_none_or(|deadline| bus.now() >= deadline) => {
                return Err(error);
            }
            Err(_) => {
                is_new = true;
                bus.sleep(POLL_INTERVAL);
            }
            Ok(device) => return Ok(Device { is_new, ..device }),
        }
    }
}

fn pick(wanted: Option<&UsbAddress>, all: &[UsbDevice]) -> Result<Device, Error> {
    let is_wanted = |device: &&UsbDevice| wanted.is_none_or(|wanted| wanted.matches(device));
    let is_ready = |device: &&UsbDevice| device.is_fastboot();
    let found: Vec<_> = all.iter().filter(is_ready).filter(is_wanted).collect();
    let addresses = |devices: &[&UsbDevice]| {
        let addresses = devices.iter().map(|device| Address::of(device, all));
        addresses.collect()
    };
    match (found.as_slice(), wanted) {
        ([device], _) => Ok(describe(device, all)),
        ([], None) => Err(Error::None),
        ([], Some(wanted)) => {
            let address = Address::Usb(wanted.clone());
            if all.iter().any(|device| wanted.matches(device)) {
                return Err(Error::NotFastboot(address));
            }
            let others: Vec<_> = all.iter().filter(is_ready).collect();
            Err(Error::NotFound {
                wanted: address,
                others: addresses(&others),
            })
        }
        (several, _) => Err(Error::Several(addresses(several))),
    }
}

fn describe(device: &UsbDevice, all: &[UsbDevice]) -> Device {
    Device {
        address: Address::of(device, all),
        usb: Some(device.clone()),
        is_new: false,
        deadline: None,
    }
}
