//! A client of a device that sends any packets terminates, prints only harmless texts, and sends only commands that write nothing.
#![no_main]

use std::time::Instant;

use fastboot::{Client, Event, Limits, Payload, Transport, TransportError, VariableName};
use libfuzzer_sys::fuzz_target;

const IMAGE: &[u8] = &[0; 100];

/// Sends the input in packets: a length of one byte, then the packet. 0xff stands for a device that is silent for once.
struct Device<'a> {
    packets: &'a [u8],
    packet_size: Option<usize>,
}

impl Transport for Device<'_> {
    fn packet_size(&self) -> Option<usize> {
        self.packet_size
    }

    fn write(&mut self, payload: Payload<'_>, _: Instant) -> Result<(), TransportError> {
        let bytes = payload.as_bytes();
        let is_command = [&b"getvar:"[..], b"download:", b"boot"]
            .iter()
            .any(|start| bytes.starts_with(start));
        assert!(is_command && bytes.len() <= 64 || bytes == IMAGE);
        Ok(())
    }

    fn read_packet(&mut self, buffer: &mut [u8], _: Instant) -> Result<usize, TransportError> {
        let Some((length, rest)) = self.packets.split_first() else {
            return Err(TransportError::Disconnected);
        };
        if *length == 0xff {
            self.packets = rest;
            return Err(TransportError::Timeout);
        }
        let limit = self.packet_size.unwrap_or(usize::MAX);
        let length = usize::from(*length).min(rest.len()).min(limit);
        let (packet, rest) = rest.split_at(length);
        self.packets = rest;
        buffer[..length].copy_from_slice(packet);
        Ok(length)
    }

    fn resync(&mut self, _: Instant) -> Result<(), TransportError> {
        Ok(())
    }
}

fn check(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

fn check_event(event: Event<'_>) {
    check(&event.to_string());
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, packets)) = input.split_first() else {
        return;
    };
    let device = Device {
        packets,
        packet_size: [None, Some(64), Some(512)][usize::from(*choice) % 3],
    };
    let mut client = Client::new(device, Limits::default(), check_event);
    if let Ok(name) = VariableName::new("product") {
        match client.getvar(&name) {
            Ok(value) => check(&value.unwrap_or_default()),
            Err(error) => check(&error.to_string()),
        }
    }
    if let Err(error) = client.download(&mut &IMAGE[..], IMAGE.len() as u64) {
        check(&error.to_string());
    }
    match client.boot() {
        Ok(end) => check(&format!("{end:?}")),
        Err(error) => check(&error.to_string()),
    }
});
