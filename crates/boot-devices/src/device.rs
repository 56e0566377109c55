//! A device that was found.

use std::time::{Duration, Instant};

use fastboot::Transport;
use fastboot_net::{TcpLimits, TcpTransport, UdpLimits, UdpTransport};
use fastboot_usb::{Bus, OpenLimits, UsbDevice};

use crate::find::POLL_INTERVAL;
use crate::{Address, Error};

/// How long udev may take to give access to a device that just connected.
const PERMISSION: Duration = Duration::from_secs(2);

/// How long to wait for a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConnectLimits {
    /// For a device on USB that is busy.
    pub usb: OpenLimits,
    /// For one attempt over UDP.
    pub udp: UdpLimits,
    /// For one attempt over TCP.
    pub tcp: TcpLimits,
}

/// A device that was found, or one in a network that is looked for when it is connected.
#[derive(Clone, Debug)]
pub struct Device {
    pub(crate) address: Address,
    pub(crate) usb: Option<UsbDevice>,
    /// Whether the device connected while it was waited for.
    pub(crate) is_new: bool,
    /// Until when to try to connect over a network.
    pub(crate) deadline: Option<Instant>,
}

impl Device {
    /// The address to name the device by.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The device on USB; `None` for one in a network.
    pub fn usb(&self) -> Option<&UsbDevice> {
        self.usb.as_ref()
    }

    /// Connects to the device.
    ///
    /// # Errors
    /// `Open` for a device on USB, `Network` for others.
    pub fn connect(
        &self,
        bus: &mut dyn Bus,
        limits: &ConnectLimits,
    ) -> Result<Box<dyn Transport>, Error> {
        let Some(usb) = &self.usb else {
            return self.connect_network(bus, limits);
        };
        let mut open = limits.usb;
        if self.is_new {
            open.permission = open.permission.max(PERMISSION);
        }
        let opened = fastboot_usb::open(bus, usb, &open);
        opened.map_err(|cause| Error::Open {
            address: self.address.clone(),
            cause,
        })
    }

    /// Tries until the deadline, and once at least.
    fn connect_network(
        &self,
        bus: &mut dyn Bus,
        limits: &ConnectLimits,
    ) -> Result<Box<dyn Transport>, Error> {
        loop {
            let error = match self.try_network(limits) {
                Ok(transport) => return Ok(transport),
                Err(error) => error,
            };
            if self.deadline.is_none_or(|deadline| bus.now() >= deadline) {
                return Err(error);
            }
            bus.sleep(POLL_INTERVAL);
        }
    }

    fn try_network(&self, limits: &ConnectLimits) -> Result<Box<dyn Transport>, Error> {
        let connected: Result<Box<dyn Transport>, _> = match &self.address {
            Address::Udp(address) => {
                UdpTransport::connect(address, limits.udp).map(|found| Box::new(found) as _)
            }
            Address::Tcp(address) => {
                TcpTransport::connect(address, limits.tcp).map(|found| Box::new(found) as _)
            }
            // Only a device on USB has such an address.
            Address::Usb(_) => return Err(Error::None),
        };
        connected.map_err(Error::Network)
    }
}
