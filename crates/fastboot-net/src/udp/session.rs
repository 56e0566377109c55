//! A session: sequence numbers, and packets that are sent until they are answered.

use std::net::SocketAddr;
use std::time::Instant;

use fastboot::TransportError;

use super::socket::{Received, Socket};
use crate::UdpLimits;
use crate::packet::{HEADER, Id, Packet, number};
use crate::time::left;

/// The version of the protocol.
const VERSION: u16 = 1;

/// The maximum packet size that we offer, in bytes, and the smallest that a device may offer.
const PACKET_SIZE: u16 = 8192;
const MIN_PACKET_SIZE: u16 = 512;

/// The number of unanswered packets after which the device is asked whether it got them.
const QUERY_AFTER: u32 = 3;

/// The number of "port unreachable" after which a device counts as gone. A device may open its port late, so one is not enough.
const MAX_REFUSALS: u32 = 3;

/// How a packet ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The device answered.
    Answer {
        /// The data of the answer.
        data: Vec<u8>,
        /// Whether the next answer continues it.
        is_continued: bool,
    },
    /// The device got the packet, and its answer is lost for ever. The session can go on.
    Lost,
}

/// A session with a device.
#[derive(Debug)]
pub struct Session {
    socket: Socket,
    limits: UdpLimits,
    next: u16,
    packet_size: u16,
}

impl Session {
    /// Requests the sequence number that the device expects, and starts a session with it. The socket is a new one, so that
    /// answers in an earlier session do not arrive.
    pub fn open(
        peer: SocketAddr,
        limits: UdpLimits,
        deadline: Instant,
    ) -> Result<Self, TransportError> {
        let mut session = Session {
            socket: Socket::connect(peer, PACKET_SIZE)?,
            limits,
            next: 0,
            packet_size: MIN_PACKET_SIZE,
        };
        session.next = session.query(deadline)?;
        session.init(deadline)?;
        Ok(session)
    }

    /// The limits of time.
    pub fn limits(&self) -> &UdpLimits {
        &self.limits
    }

    /// The maximum number of bytes of data in a packet.
    pub fn data_size(&self) -> usize {
        usize::from(self.packet_size) - HEADER
    }

    /// The number of packets before sequence number 0xffff.
    pub fn packets_to_wrap(&self) -> u16 {
        u16::MAX - self.next
    }

    fn query(&mut self, deadline: Instant) -> Result<u16, TransportError> {
        let answer = self.exchange(Id::Query, false, &[], deadline)?;
        let found = match &answer {
            Exchange::Answer { data, .. } => number(data, 0),
            Exchange::Lost => None,
        };
        found.ok_or_else(|| TransportError::Protocol(format!("query: unexpected {answer:?}")))
    }

    /// Starts a session, or goes on with it: agrees on version and maximum packet size.
    pub fn init(&mut self, deadline: Instant) -> Result<(), TransportError> {
        let offer = [VERSION.to_be_bytes(), PACKET_SIZE.to_be_bytes()].concat();
        let data = loop {
            match self.exchange(Id::Init, false, &offer, deadline)? {
                Exchange::Answer { data, .. } => break data,
                Exchange::Lost => {}
            }
        };
        match (number(&data, 0), number(&data, 2)) {
            (Some(VERSION..), Some(size @ MIN_PACKET_SIZE..)) => {
                self.packet_size = size.min(PACKET_SIZE);
                Ok(())
            }
            (version, size) => Err(TransportError::Protocol(format!(
                "init: expected version {VERSION} or later and packets of at least {MIN_PACKET_SIZE} bytes, \
                 found {} and {}",
                or_none(version),
                or_none(size)
            ))),
        }
    }

    /// Sends a packet until it is answered.
    ///
    /// Answers with another sequence number belong to earlier packets, or were not asked for. They are ignored, but stay in the
    /// socket until they are read: U-Boot sends some replies early, with the sequence numbers of the packets to come.
    pub fn exchange(
        &mut self,
        id: Id,
        is_continued: bool,
        data: &[u8],
        deadline: Instant,
    ) -> Result<Exchange, TransportError> {
        let sequence = self.next;
        let packet = Packet {
            id,
            is_continued,
            sequence,
            data,
        }
        .to_bytes();
        let deadline = deadline.min(Instant::now() + self.limits.total);
        let mut refusals = 0;
        for attempt in 0_u32.. {
            // Before the packet itself: a device that repeats answers still gets the chance to.
            if attempt >= QUERY_AFTER && id != Id::Query {
                self.socket.send(&query_packet())?;
            }
            self.socket.send(&packet)?;
            let resend = deadline.min(Instant::now() + self.limits.resend);
            match self.await_answer(id, resend, &mut refusals)? {
                Some(exchange) => return Ok(exchange),
                None => left(deadline)?,
            };
        }
        Err(TransportError::Timeout)
    }

    /// Returns how a packet ended; `None` if it is to be sent again.
    fn await_answer(
        &mut self,
        id: Id,
        resend: Instant,
        refusals: &mut u32,
    ) -> Result<Option<Exchange>, TransportError> {
        let sequence = self.next;
        let mut is_consumed = false;
        loop {
            let bytes = match self.socket.receive(resend)? {
                Received::Packet(bytes) => bytes,
                Received::Nothing => break,
                Received::Refused => {
                    *refusals += 1;
                    if *refusals >= MAX_REFUSALS {
                        return Err(TransportError::Disconnected);
                    }
                    continue;
                }
            };
            let Some(found) = Packet::parse(bytes) else {
                continue;
            };
            match found.id {
                // A query is not part of the sequence.
                Id::Query if id == Id::Query => return Ok(Some(answer(&found))),
                Id::Query => is_consumed |= is_received(found.data, sequence)?,
                Id::Error if found.sequence == sequence => return Err(device_error(&found)),
                other if other == id && found.sequence == sequence => {
                    let answer = answer(&found);
                    self.next = sequence.wrapping_add(1);
                    return Ok(Some(answer));
                }
                _ => {}
            }
        }
        // U-Boot never repeats this answer. Any other one may still come: the device may be busy.
        if is_consumed && sequence == u16::MAX {
            self.next = sequence.wrapping_add(1);
            return Ok(Some(Exchange::Lost));
        }
        Ok(None)
    }
}

fn query_packet() -> Vec<u8> {
    let query = Packet {
        id: Id::Query,
        is_continued: false,
        sequence: 0,
        data: &[],
    };
    query.to_bytes()
}

/// Returns whether the device received the packet with `sequence`, by the data of its answer to a query.
fn is_received(data: &[u8], sequence: u16) -> Result<bool, TransportError> {
    let expected = number(data, 0).unwrap_or(sequence);
    match expected.wrapping_sub(sequence) {
        0 => Ok(false),
        1 => Ok(true),
        2..0x8000 => Err(TransportError::Protocol(format!(
            "the device expects sequence number {expected}, found {sequence}; another program may use the device"
        ))),
        // A late answer to an earlier query.
        _ => Ok(false),
    }
}

fn answer(packet: &Packet<'_>) -> Exchange {
    Exchange::Answer {
        data: packet.data.to_vec(),
        is_continued: packet.is_continued,
    }
}

fn device_error(packet: &Packet<'_>) -> TransportError {
    let message = String::from_utf8_lossy(packet.data.get(..100).unwrap_or(packet.data));
    TransportError::Protocol(format!("error of the device: {}", message.escape_debug()))
}

fn or_none(number: Option<u16>) -> String {
    number.map_or("none".to_owned(), |number| number.to_string())
}
