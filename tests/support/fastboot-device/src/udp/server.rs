//! The device's side of the UDP protocol.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Device, UdpFaults};

const ERROR: u8 = 0;
const QUERY: u8 = 1;
const INIT: u8 = 2;
const FASTBOOT: u8 = 3;
const CONTINUATION: u8 = 1;

/// A device, and the state of its session.
pub struct Server {
    faults: UdpFaults,
    device: Arc<Mutex<Device>>,
    /// The sequence number that is expected.
    next: u16,
    /// The parts of the host's message so far.
    message: Vec<u8>,
    /// The rest of a reply that is sent in parts.
    reply: Vec<u8>,
    last_answers: Vec<Vec<u8>>,
    empty_reads: usize,
    data_packets: usize,
}

impl Server {
    pub fn new(device: Arc<Mutex<Device>>, faults: UdpFaults) -> Self {
        Server {
            next: faults.first_sequence,
            faults,
            device,
            message: Vec::new(),
            reply: Vec::new(),
            last_answers: Vec::new(),
            empty_reads: 0,
            data_packets: 0,
        }
    }

    /// Returns the packets that answer a packet.
    pub fn receive(&mut self, packet: &[u8]) -> Vec<Vec<u8>> {
        let Some((&[id, flags, high, low], data)) = packet.split_first_chunk() else {
            return Vec::new();
        };
        if self.faults.lost_packets > 0 {
            self.faults.lost_packets -= 1;
            return Vec::new();
        }
        if self.lock().is_gone {
            return Vec::new();
        }
        let sequence = u16::from_be_bytes([high, low]);
        let answers = if id == QUERY {
            vec![answer(QUERY, 0, sequence, &self.next.to_be_bytes())]
        } else if sequence == self.next {
            self.next = self.next.wrapping_add(1);
            self.last_answers = self.handle(id, flags, sequence, data);
            self.last_answers.clone()
        } else if self.next.wrapping_sub(1) == sequence
            && !(self.faults.forgets_wrap && sequence == 0xffff)
        {
            self.last_answers.last().cloned().into_iter().collect()
        } else {
            return Vec::new();
        };
        if id != QUERY && self.loses(sequence) {
            return Vec::new();
        }
        match self.faults.is_noisy {
            true => with_noise(answers, sequence),
            false => answers,
        }
    }

    fn handle(&mut self, id: u8, flags: u8, sequence: u16, data: &[u8]) -> Vec<Vec<u8>> {
        if id == INIT {
            let or = |value: u16, default: u16| if value == 0 { default } else { value };
            let version = or(self.faults.version, 1).to_be_bytes();
            let size = or(self.faults.packet_size, 1400).to_be_bytes();
            return vec![answer(INIT, 0, sequence, &[version, size].concat())];
        }
        if let Some(error) = &self.faults.error {
            return vec![answer(ERROR, 0, sequence, error.as_bytes())];
        }
        match data.is_empty() && flags & CONTINUATION == 0 && self.message.is_empty() {
            true => self.read(sequence),
            false => self.write(flags, sequence, data),
        }
    }

    fn write(&mut self, flags: u8, sequence: u16, data: &[u8]) -> Vec<Vec<u8>> {
        let is_downloading = self.lock().is_downloading();
        self.data_packets += usize::from(is_downloading);
        if is_downloading && self.faults.early_fail == Some(self.data_packets) {
            return vec![answer(FASTBOOT, 0, sequence, b"FAILout of memory")];
        }
        self.message.extend(data);
        if flags & CONTINUATION == 0 || is_downloading {
            let message = mem::take(&mut self.message);
            self.lock().receive(&message);
        }
        vec![answer(FASTBOOT, 0, sequence, &[])]
    }

    fn read(&mut self, sequence: u16) -> Vec<Vec<u8>> {
        if self.empty_reads < self.faults.empty_reads {
            self.empty_reads += 1;
            return vec![answer(FASTBOOT, 0, sequence, &[])];
        }
        self.empty_reads = 0;
        if self.reply.is_empty() {
            let Some(reply) = self.lock().next_reply() else {
                return Vec::new();
            };
            self.reply = reply;
        }
        if self.faults.split_replies > 0 {
            let length = self.faults.split_replies.min(self.reply.len());
            let rest = self.reply.split_off(length);
            let part = mem::replace(&mut self.reply, rest);
            let flags = if self.reply.is_empty() {
                0
            } else {
                CONTINUATION
            };
            return vec![answer(FASTBOOT, flags, sequence, &part)];
        }
        let reply = mem::take(&mut self.reply);
        let mut answers = vec![answer(FASTBOOT, 0, sequence, &reply)];
        while self.faults.pushes_replies {
            let Some(reply) = self.lock().next_reply() else {
                break;
            };
            answers.push(answer(FASTBOOT, 0, self.next, &reply));
            self.next = self.next.wrapping_add(1);
        }
        answers
    }

    /// Whether the answer to this packet is lost.
    fn loses(&mut self, sequence: u16) -> bool {
        let mut lost = self.faults.lost_answers.iter_mut();
        match lost.find(|(number, count)| *number == sequence && *count > 0) {
            Some((_, count)) => {
                *count -= 1;
                true
            }
            None => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Device> {
        self.device.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(id: u8, flags: u8, sequence: u16, data: &[u8]) -> Vec<u8> {
    let [high, low] = sequence.to_be_bytes();
    [&[id, flags, high, low], data].concat()
}

/// Puts packets around `answers` that a host has to ignore.
fn with_noise(answers: Vec<Vec<u8>>, sequence: u16) -> Vec<Vec<u8>> {
    let previous = sequence.wrapping_sub(1);
    let mut noisy = vec![
        Vec::new(),
        vec![FASTBOOT, 0],
        answer(FASTBOOT, 0, previous, b"OKAYstale"),
        answer(FASTBOOT, 0, sequence.wrapping_add(100), b"FAILunasked"),
        answer(ERROR, 0, previous, b"stale error"),
        answer(9, 0, sequence, b"OKAYunknown identifier"),
    ];
    noisy.extend(answers.clone());
    noisy.extend(answers);
    noisy
}
