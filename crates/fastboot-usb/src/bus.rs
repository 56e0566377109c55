//! Lists and opens devices, and waits.

use std::fs;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use fastboot::Transport;
use nusb::{DeviceInfo, MaybeFuture};

use crate::{Error, Interface, RootInterface, UsbDevice, UsbTransport};

/// The devices, and the clock by which to wait for them. Tests replace it.
pub trait Bus {
    /// All devices that are connected and configured, in fastboot mode or not, sorted by path.
    ///
    /// # Errors
    /// [`Error::List`].
    fn devices(&mut self) -> Result<Vec<UsbDevice>, Error>;

    /// Opens a device, without waiting for one that is busy; [`open`](crate::open) waits.
    ///
    /// # Errors
    /// All but [`Error::List`].
    fn try_open(&mut self, device: &UsbDevice) -> Result<Box<dyn Transport>, Error>;

    /// The time.
    fn now(&self) -> Instant;

    /// Waits.
    fn sleep(&mut self, duration: Duration);
}

/// The devices of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemBus;

impl Bus for SystemBus {
    fn devices(&mut self) -> Result<Vec<UsbDevice>, Error> {
        let mut devices: Vec<_> = list()?.iter().filter_map(describe).collect();
        devices.sort_by(|a, b| (a.bus, &a.ports).cmp(&(b.bus, &b.ports)));
        Ok(devices)
    }

    fn try_open(&mut self, device: &UsbDevice) -> Result<Box<dyn Transport>, Error> {
        let (info, current) = find(device)?;
        let interface = current.fastboot.ok_or(Error::NotFastboot)?;
        Ok(Box::new(UsbTransport::open(
            &info,
            &interface,
            &device.node(),
        )?))
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&mut self, duration: Duration) {
        thread::sleep(duration);
    }
}

/// Finds a device that was listed earlier, and describes it as it is now.
pub(crate) fn find(device: &UsbDevice) -> Result<(DeviceInfo, UsbDevice), Error> {
    // Its address is new if it connected again: then it may be another device.
    let is_same =
        |info: &DeviceInfo| (info.busnum(), info.device_address()) == (device.bus, device.address);
    let info = list()?.into_iter().find(is_same);
    let info = info.ok_or(Error::Disconnected)?;
    let current = describe(&info).ok_or(Error::Disconnected)?;
    Ok((info, current))
}

fn list() -> Result<Vec<DeviceInfo>, Error> {
    match nusb::list_devices().wait() {
        Ok(devices) => Ok(devices.collect()),
        // A kernel without USB, as in many containers and virtual machines.
        Err(error) if is_not_found(&error) => Ok(Vec::new()),
        Err(error) => Err(Error::List(error.into())),
    }
}

fn is_not_found(error: &nusb::Error) -> bool {
    let code = error.os_error().and_then(|code| i32::try_from(code).ok());
    let error = code.map(io::Error::from_raw_os_error);
    error.is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// `None` for a device that just connects or disconnects, or that the administrator did not authorize: no configuration is active.
fn describe(info: &DeviceInfo) -> Option<UsbDevice> {
    let path = info.sysfs_path();
    let configuration = fs::read_to_string(path.join("bConfigurationValue")).ok()?;
    let configuration = configuration.trim().parse().ok()?;
    let descriptors = fs::read(path.join("descriptors")).ok()?;
    Some(UsbDevice {
        vid: info.vendor_id(),
        pid: info.product_id(),
        serial: info.serial_number().map(str::to_owned),
        manufacturer: info.manufacturer_string().map(str::to_owned),
        product: info.product_string().map(str::to_owned),
        bus: info.busnum(),
        ports: info.port_chain().to_vec(),
        address: info.device_address(),
        speed: info.speed(),
        fastboot: Interface::find(&descriptors, configuration),
        root: RootInterface::find(&descriptors, configuration),
    })
}
