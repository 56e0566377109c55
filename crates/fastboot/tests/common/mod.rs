//! A device on a bus like USB, without I/O and without waiting.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use fastboot::{Client, Event, Limits, Payload, Transport, TransportError};
use fastboot_device::{Answer, Behaviour, Device};

/// The bus, and what a test observes of it.
pub struct Usb {
    pub device: Rc<RefCell<Device>>,
    pub packet_size: usize,
    /// Whether an empty packet follows a reply that fills its packets.
    pub ends_full_packets: bool,
    pub deadlines: Vec<Instant>,
    pub resyncs: usize,
    packets: VecDeque<Vec<u8>>,
}

impl Usb {
    pub fn new(behaviour: Behaviour) -> Self {
        Usb {
            device: Rc::new(RefCell::new(Device::new(behaviour))),
            packet_size: 512,
            ends_full_packets: true,
            deadlines: Vec::new(),
            resyncs: 0,
            packets: VecDeque::new(),
        }
    }

    /// A client that forgets events.
    pub fn client(self) -> Client<'static, Usb> {
        Client::new(self, LIMITS, |_| {})
    }

    /// A client that appends the texts of events to `texts`.
    pub fn recording<'a>(self, texts: &'a mut Vec<String>) -> Client<'a, Usb> {
        Client::new(self, LIMITS, |event: Event<'_>| {
            texts.push(event.to_string())
        })
    }
}

/// Long: nothing here waits, so only a hang would reach them.
pub const LIMITS: Limits = Limits {
    getvar: Duration::from_secs(60),
    reply: Duration::from_secs(60),
    transfer: Duration::from_secs(60),
    continuation: Duration::from_secs(60),
};

/// The faults of one answer.
pub fn answering(start: &'static str, answer: Answer) -> Behaviour {
    Behaviour {
        answers: vec![(start, answer)],
        ..Behaviour::default()
    }
}

/// Answers with one reply.
pub fn reply(reply: &[u8]) -> Answer {
    Answer::Replies(vec![reply.to_vec()])
}

impl Transport for Usb {
    fn packet_size(&self) -> Option<usize> {
        Some(self.packet_size)
    }

    fn write(&mut self, payload: Payload<'_>, _: Instant) -> Result<(), TransportError> {
        let mut device = self.device.borrow_mut();
        if device.is_gone {
            return Err(TransportError::Disconnected);
        }
        if device.is_stuck {
            return Err(TransportError::Timeout);
        }
        device.receive(payload.as_bytes());
        Ok(())
    }

    fn read_packet(
        &mut self,
        buffer: &mut [u8],
        deadline: Instant,
    ) -> Result<usize, TransportError> {
        // Until the clock proceeds, so that a limit that starts again differs from one that does not.
        let start = Instant::now();
        while Instant::now() == start {}
        self.deadlines.push(deadline);
        let mut device = self.device.borrow_mut();
        if self.packets.is_empty() {
            if let Some(reply) = device.next_reply() {
                self.packets = reply.chunks(self.packet_size).map(Vec::from).collect();
                if self.ends_full_packets && reply.len() % self.packet_size == 0 {
                    self.packets.push_back(Vec::new());
                }
            }
        }
        match self.packets.pop_front() {
            Some(packet) => {
                buffer[..packet.len()].copy_from_slice(&packet);
                Ok(packet.len())
            }
            None if device.is_gone => Err(TransportError::Disconnected),
            None => Err(TransportError::Timeout),
        }
    }

    fn resync(&mut self, _: Instant) -> Result<(), TransportError> {
        self.resyncs += 1;
        self.packets.clear();
        while self.device.borrow_mut().next_reply().is_some() {}
        Ok(())
    }
}
