//! A client that knows none of the quirks: what it fails at, the real one has to get right.

use std::time::Duration;

use anyhow::{Context, bail};
use fastboot_usb::{Interface, UsbDevice};
use nusb::transfer::{Buffer, Bulk, In, Out, TransferError};
use nusb::{Endpoint, MaybeFuture};

/// Long: only a hang reaches it.
const LIMIT: Duration = Duration::from_secs(60);

/// For a device that does not answer any more.
const SILENCE: Duration = Duration::from_secs(1);

pub struct Naive {
    input: Endpoint<Bulk, In>,
    output: Endpoint<Bulk, Out>,
}

impl Naive {
    pub fn open(device: &UsbDevice) -> anyhow::Result<Self> {
        let Interface {
            number,
            input,
            output,
            ..
        } = device.fastboot.context("not in fastboot mode")?;
        let mut devices = nusb::list_devices().wait()?;
        let info = devices.find(|info| info.device_address() == device.address);
        let opened = info.context("not found")?.open().wait()?;
        let interface = opened.claim_interface(number).wait()?;
        Ok(Naive {
            input: interface.endpoint(input)?,
            output: interface.endpoint(output)?,
        })
    }

    /// Sends one transfer, even an empty one.
    pub fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let completion = self.output.transfer_blocking(Buffer::from(bytes), LIMIT);
        Ok(completion.status?)
    }

    /// Reads one packet.
    pub fn read(&mut self) -> anyhow::Result<Vec<u8>> {
        self.receive(LIMIT)?.context("no answer")
    }

    pub fn is_silent(&mut self) -> anyhow::Result<bool> {
        Ok(self.receive(SILENCE)?.is_none())
    }

    fn receive(&mut self, limit: Duration) -> anyhow::Result<Option<Vec<u8>>> {
        let size = self.input.max_packet_size();
        let completion = self.input.transfer_blocking(Buffer::new(size), limit);
        match completion.status {
            Ok(()) => Ok(Some(completion.buffer.to_vec())),
            Err(TransferError::Cancelled) => Ok(None),
            Err(error) => bail!(error),
        }
    }

    /// Announces a download of this size, which the device accepts.
    pub fn start_download(&mut self, size: usize) -> anyhow::Result<()> {
        self.write(format!("download:{size:08x}").as_bytes())?;
        let reply = self.read()?;
        anyhow::ensure!(reply.starts_with(b"DATA"), "{reply:?}");
        Ok(())
    }
}
