//! A bus without devices or time of its own.
#![allow(dead_code)] // Not every test file uses all functions.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use boot_devices::{Bus, UsbDevice};
use fastboot::{Payload, Transport, TransportError};
use fastboot_usb::{Error, Interface};

/// Lists what a test says, and lets time pass only in `sleep`.
pub struct FakeBus {
    /// The devices in each list; the last one repeats.
    pub lists: VecDeque<Vec<UsbDevice>>,
    /// The errors of the attempts to open a device; then they succeed.
    pub errors: VecDeque<Error>,
    /// How long it slept.
    pub slept: Duration,
    start: Instant,
}

impl FakeBus {
    pub fn new(lists: impl IntoIterator<Item = Vec<UsbDevice>>) -> Self {
        FakeBus {
            lists: lists.into_iter().collect(),
            errors: VecDeque::new(),
            slept: Duration::ZERO,
            start: Instant::now(),
        }
    }
}

impl Bus for FakeBus {
    fn devices(&mut self) -> Result<Vec<UsbDevice>, Error> {
        let list = match self.lists.len() {
            0 => None,
            1 => self.lists.front().cloned(),
            _ => self.lists.pop_front(),
        };
        Ok(list.unwrap_or_default())
    }

    fn try_open(&mut self, _: &UsbDevice) -> Result<Box<dyn Transport>, Error> {
        match self.errors.pop_front() {
            Some(error) => Err(error),
            None => Ok(Box::new(Nothing)),
        }
    }

    fn now(&self) -> Instant {
        self.start + self.slept
    }

    fn sleep(&mut self, duration: Duration) {
        self.slept += duration;
    }
}

/// A device that never answers.
pub struct Nothing;

impl Transport for Nothing {
    fn packet_size(&self) -> Option<usize> {
        Some(512)
    }

    fn write(&mut self, _: Payload<'_>, _: Instant) -> Result<(), TransportError> {
        Ok(())
    }

    fn read_packet(&mut self, _: &mut [u8], _: Instant) -> Result<usize, TransportError> {
        Err(TransportError::Timeout)
    }

    fn resync(&mut self, _: Instant) -> Result<(), TransportError> {
        Ok(())
    }
}

/// A device in fastboot mode.
pub fn phone(serial: &str, port: u8) -> UsbDevice {
    UsbDevice {
        vid: 0x18d1,
        pid: 0xd00d,
        serial: Some(serial.to_owned()),
        bus: 1,
        ports: vec![port],
        address: port,
        fastboot: Some(Interface::default()),
        ..UsbDevice::default()
    }
}

/// A device in another mode.
pub fn other(serial: &str, port: u8) -> UsbDevice {
    UsbDevice {
        fastboot: None,
        ..phone(serial, port)
    }
}
