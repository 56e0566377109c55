//! Finds the device that the user means.

use std::time::{Duration, Instant};

use fastboot_usb::{Bus, UsbDevice};

use crate::{Address, Device, Error, Mode, UsbAddress};

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
    match wanted {
        Some(Address::Usb(address)) => find_usb(Mode::Fastboot, Some(address), deadline, bus),
        Some(address) => Ok(Device {
            address: address.clone(),
            usb: None,
            is_new: false,
            deadline,
        }),
        None => find_usb(Mode::Fastboot, None, deadline, bus),
    }
}

/// All devices on USB that booted stage0 and wait for their root.
///
/// # Errors
/// [`Error::List`].
pub fn list_waiting(bus: &mut dyn Bus) -> Result<Vec<Device>, Error> {
    let all = bus.devices().map_err(Error::List)?;
    let found = all.iter().filter(|device| Mode::Root.matches(device));
    Ok(found.map(|device| describe(device, &all)).collect())
}

/// Finds the device with an address, or else the only one on USB, that booted stage0 and waits for its root.
///
/// # Errors
/// `NoneWaiting`, `NotFound` or `NotWaiting` if the device does not appear within `wait`; `Several`; `List`.
pub fn find_waiting(
    wanted: Option<&UsbAddress>,
    wait: Option<Duration>,
    bus: &mut dyn Bus,
) -> Result<Device, Error> {
    let deadline = wait.and_then(|wait| bus.now().checked_add(wait));
    find_usb(Mode::Root, wanted, deadline, bus)
}

fn find_usb(
    mode: Mode,
    wanted: Option<&UsbAddress>,
    deadline: Option<Instant>,
    bus: &mut dyn Bus,
) -> Result<Device, Error> {
    let mut is_new = false;
    loop {
        match pick(mode, wanted, &bus.devices().map_err(Error::List)?) {
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

fn pick(mode: Mode, wanted: Option<&UsbAddress>, all: &[UsbDevice]) -> Result<Device, Error> {
    let is_wanted = |device: &&UsbDevice| wanted.is_none_or(|wanted| wanted.matches(device));
    let is_ready = |device: &&UsbDevice| mode.matches(device);
    let found: Vec<_> = all.iter().filter(is_ready).filter(is_wanted).collect();
    let addresses = |devices: &[&UsbDevice]| {
        let addresses = devices.iter().map(|device| Address::of(device, all));
        addresses.collect()
    };
    match (found.as_slice(), wanted) {
        ([device], _) => Ok(describe(device, all)),
        ([], None) => Err(mode.none()),
        ([], Some(wanted)) => {
            let address = Address::Usb(wanted.clone());
            if all.iter().any(|device| wanted.matches(device)) {
                return Err(mode.other(address));
            }
            let others: Vec<_> = all.iter().filter(is_ready).collect();
            Err(Error::NotFound {
                wanted: address,
                mode,
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
