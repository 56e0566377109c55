//! The device, used by a host that does not speak the protocol.

use std::time::Duration;

use anyhow::Context;
use nusb::descriptors::TransferType;
use nusb::transfer::{Buffer, Bulk, Direction, Interrupt, Out};
use nusb::{Endpoint, Interface, MaybeFuture};

use crate::pattern;
use crate::wait::{LONG, wait_for};

/// How long the device may take to receive a transfer. It may receive none at all.
const RECEIVE: Duration = Duration::from_millis(200);

/// The claimed interface, and random data.
pub struct Junk {
    pub interface: Interface,
    pub number: u8,
    state: u64,
}

impl Junk {
    /// Claims the interface, once the device is there and free.
    pub fn claim(state: u64) -> anyhow::Result<Self> {
        let (interface, number) = wait_for("the interface", LONG, || Ok(claim().ok()))?;
        Ok(Junk {
            interface,
            number,
            state,
        })
    }

    /// A random number below `end`.
    pub fn below(&mut self, end: u64) -> usize {
        usize::try_from(pattern::next(&mut self.state) % end).unwrap_or_default()
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut byte = || pattern::next(&mut self.state) as u8;
        (0..length).map(|_| byte()).collect()
    }

    /// The endpoint to the device, of interrupt transfers.
    pub fn interrupt(&self) -> anyhow::Result<Endpoint<Interrupt, Out>> {
        Ok(self
            .interface
            .endpoint(self.address(TransferType::Interrupt)?)?)
    }

    /// The endpoint to the device, of bulk transfers.
    pub fn bulk(&self) -> anyhow::Result<Endpoint<Bulk, Out>> {
        Ok(self.interface.endpoint(self.address(TransferType::Bulk)?)?)
    }

    fn address(&self, kind: TransferType) -> anyhow::Result<u8> {
        let setting = self.interface.descriptor().context("no descriptor")?;
        let mut endpoints = setting.endpoints();
        let found = endpoints.find(|endpoint| {
            endpoint.direction() == Direction::Out && endpoint.transfer_type() == kind
        });
        Ok(found.context("no such endpoint")?.address())
    }
}

/// Sends data, which the device may ignore or reject.
pub fn send<T: nusb::transfer::BulkOrInterrupt>(endpoint: &mut Endpoint<T, Out>, bytes: Vec<u8>) {
    let _ = endpoint.transfer_blocking(Buffer::from(bytes), RECEIVE);
}

/// Claims the first interface with interrupt and bulk endpoints.
fn claim() -> anyhow::Result<(Interface, u8)> {
    for info in nusb::list_devices().wait()? {
        let Ok(device) = info.open().wait() else {
            continue;
        };
        let configuration = device.active_configuration()?;
        let mut settings = configuration.interface_alt_settings();
        let found =
            settings.find(|setting| setting.class() == 0xff && setting.num_endpoints() == 4);
        if let Some(setting) = found {
            let number = setting.interface_number();
            return Ok((device.claim_interface(number).wait()?, number));
        }
    }
    anyhow::bail!("no device")
}
