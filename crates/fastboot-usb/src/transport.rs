//! The transport over USB.

use std::path::Path;
use std::time::{Duration, Instant};

use fastboot::{Payload, Transport, TransportError};
use nusb::transfer::{Bulk, In, Out};
use nusb::{DeviceInfo, Endpoint, MaybeFuture};

use crate::claim::{explain, open_interface};
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{Error, Interface};

/// How long a device is silent after the last packet of an earlier command.
const QUIET: Duration = Duration::from_millis(100);

/// The same for a device that was just opened: what an earlier program left is there already.
const QUIET_AT_START: Duration = Duration::from_millis(10);

/// For how long to discard the packets of an earlier command.
const DISCARD: Duration = Duration::from_secs(2);

/// A connection to a device over USB.
#[derive(Debug)]
pub struct UsbTransport {
    reader: Reader<Endpoint<Bulk, In>>,
    writer: Writer<Endpoint<Bulk, Out>>,
}

impl UsbTransport {
    /// Claims the interface, and discards replies to the commands of an earlier program.
    pub(crate) fn open(
        info: &DeviceInfo,
        interface: &Interface,
        node: &Path,
    ) -> Result<Self, Error> {
        let fail = |error| explain(error, node);
        let claimed = open_interface(info, interface.number, node)?;
        if interface.alternate != 0 {
            let selected = claimed.set_alt_setting(interface.alternate).wait();
            selected.map_err(fail)?;
        }
        let input = claimed.endpoint(interface.input).map_err(fail)?;
        let output = claimed.endpoint(interface.output).map_err(fail)?;
        let mut reader = Reader::new(input, interface.input_packet);
        let discarded = reader.discard(QUIET_AT_START, Instant::now() + DISCARD);
        // What any other error is shows in the first command.
        if let Err(TransportError::Disconnected) = discarded {
            return Err(Error::Disconnected);
        }
        Ok(UsbTransport {
            reader,
            writer: Writer::new(output),
        })
    }
}

impl Transport for UsbTransport {
    fn packet_size(&self) -> Option<usize> {
        Some(self.reader.packet())
    }

    /// Returns before the device got everything. What fails then shows in the next call.
    fn write(&mut self, payload: Payload<'_>, deadline: Instant) -> Result<(), TransportError> {
        self.writer.write(payload.as_bytes(), deadline)
    }

    fn read_packet(
        &mut self,
        buffer: &mut [u8],
        deadline: Instant,
    ) -> Result<usize, TransportError> {
        self.writer.flush(deadline)?;
        self.reader.read(buffer, deadline)
    }

    fn resync(&mut self, deadline: Instant) -> Result<(), TransportError> {
        self.writer.cancel();
        let deadline = deadline.min(Instant::now() + DISCARD);
        self.reader.discard(QUIET, deadline)
    }
}
