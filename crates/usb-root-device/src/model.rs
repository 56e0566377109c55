//! A model of device, host and USB, to test the state machine: [`run`] takes steps in any order, and checks each completed read.
//!
//! The content of a block is its number. The model's host follows the protocol, but may end at any point, with a response sent and its
//! payload missing; another one takes its place. Other programs write to the endpoints while nobody serves.

mod host;

use std::collections::VecDeque;
use std::num::NonZeroU32;

use smoo_wire::{Export, ExportId, Request};

use crate::{Action, Device, Limits};
use host::Host;

/// A rule of the crate's documentation that the model's device breaks, to show that the model notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// None: it keeps to all rules.
    None,
    /// It does not abort reads of an earlier session.
    NoBarrier,
    /// It does not drain payloads that fit to no read.
    NoDrain,
    /// It accepts short payloads.
    ShortPayload,
}

const BLOCK_SIZE: u32 = 512;
const BLOCKS: u64 = 64;
const SLOTS: u8 = 4;
const MAX_BLOCKS: u32 = 4;
/// More than the steps that four reads take.
const STEPS_TO_FINISH: usize = 1000;
/// A number of no block, which stands for data of another program.
const JUNK: u64 = u64::MAX;

/// Takes one step for each byte, then lets a host serve until nothing is outstanding.
///
/// # Errors
/// A read completed with wrong data, or never: what happened.
pub fn run(steps: &[u8], fault: Fault) -> Result<(), String> {
    let export = NonZeroU32::new(7)
        .and_then(|id| Export::new(ExportId(id), BLOCK_SIZE, BLOCKS * u64::from(BLOCK_SIZE)).ok());
    let mut model = Model::new(export.ok_or("the export is not valid")?, fault);
    for step in steps {
        model.step(*step)?;
    }
    model.finish()
}

struct Model {
    export: Export,
    fault: Fault,
    device: Device,
    reads: [Option<(u64, u32)>; SLOTS as usize],
    reader: Reader,
    /// What the kernel has reported to the device, which has not handled it yet.
    events: VecDeque<Event>,
    interrupt_in: VecDeque<Request>,
    interrupt_out: VecDeque<Vec<u8>>,
    /// Transfers; the numbers of their blocks.
    bulk_out: VecDeque<VecDeque<u64>>,
    host: Option<Host>,
}

/// The thread of the device that reads responses and payloads.
#[derive(Debug)]
enum Reader {
    /// It is about to read a response.
    Idle,
    /// It reads a response.
    Response(u64),
    /// It has read a response, and not handled it yet.
    Handle(u64, Vec<u8>),
    /// It reads a payload for the read of this tag, or for none.
    Payload(u64, Option<u8>, u32, Vec<u64>),
    /// A read failed in this session; it waits for another one.
    Failed(u64),
}

enum Event {
    Session,
    Exports(Vec<u8>),
}

impl Model {
    fn new(export: Export, fault: Fault) -> Self {
        let limits = Limits {
            slots: SLOTS,
            length: MAX_BLOCKS * BLOCK_SIZE,
        };
        Model {
            export,
            fault,
            device: Device::new(limits, 0).with_export(export),
            reads: [None; SLOTS as usize],
            reader: Reader::Idle,
            events: VecDeque::new(),
            interrupt_in: VecDeque::new(),
            interrupt_out: VecDeque::new(),
            bulk_out: VecDeque::new(),
            host: None,
        }
    }

    fn step(&mut self, step: u8) -> Result<(), String> {
        let choice = usize::from(step >> 4);
        match step & 15 {
            0 => self.begin_read(choice),
            1 | 2 => self.send_request(),
            3..=5 => self.advance_reader()?,
            6 | 7 => self.handle_event()?,
            8 | 9 => self.host_receives(),
            10 | 11 => self.host_answers(choice),
            12 => self.host_sends_payload(choice),
            13 => self.change_host(choice),
            14 if choice == 0 => self.flush(),
            14 => self.start_host(true),
            _ => self.write_junk(choice),
        }
        Ok(())
    }

    /// A host that does its work, and a device that handles everything.
    fn finish(&mut self) -> Result<(), String> {
        self.host = None;
        self.start_host(true);
        for _ in 0..STEPS_TO_FINISH {
            self.handle_event()?;
            self.send_request();
            self.host_receives();
            self.host_answers(0);
            self.host_sends_payload(15);
            self.advance_reader()?;
        }
        match self.device.outstanding() {
            0 => Ok(()),
            count => Err(format!("{count} reads never complete: {:?}", self.reader)),
        }
    }

    fn begin_read(&mut self, choice: usize) {
        let Some(tag) = self.reads.iter().position(Option::is_none) else {
            return;
        };
        let block = (choice * 5) as u64 % (BLOCKS - u64::from(MAX_BLOCKS));
        let blocks = choice as u32 % MAX_BLOCKS + 1;
        let offset = block * u64::from(BLOCK_SIZE);
        if self
            .device
            .begin_read(tag as u8, offset, blocks * BLOCK_SIZE)
        {
            self.reads[tag] = Some((block, blocks));
        }
    }

    fn send_request(&mut self) {
        let has_request = self.device.has_request();
        let request = self.device.next_request();
        assert_eq!(request.is_some(), has_request);
        self.interrupt_in.extend(request);
    }

    fn handle_event(&mut self) -> Result<(), String> {
        let Some(event) = self.events.pop_front() else {
            return Ok(());
        };
        self.device.start_session();
        let Event::Exports(message) = event else {
            return Ok(());
        };
        if self.fault != Fault::NoBarrier {
            self.abort_reader()?;
        }
        let _ = self.device.configure(&message);
        if let Some(host) = &mut self.host {
            host.is_serving = true;
        }
        Ok(())
    }

    /// The barrier: a read that waits is aborted, and a finished one handled.
    fn abort_reader(&mut self) -> Result<(), String> {
        match self.reader {
            Reader::Idle | Reader::Failed(_) => {}
            Reader::Handle(..) => self.advance_reader()?,
            Reader::Response(_) | Reader::Payload(..) => self.reader = Reader::Idle,
        }
        Ok(())
    }

    fn advance_reader(&mut self) -> Result<(), String> {
        let current = self.device.session();
        self.reader = match std::mem::replace(&mut self.reader, Reader::Idle) {
            Reader::Idle => Reader::Response(current),
            Reader::Failed(session) if session == current => Reader::Failed(session),
            Reader::Failed(_) => Reader::Idle,
            Reader::Response(session) => match self.interrupt_out.pop_front() {
                Some(message) => Reader::Handle(session, message),
                None => Reader::Response(session),
            },
            Reader::Handle(session, message) => self.handle_response(session, &message)?,
            Reader::Payload(session, tag, length, blocks) => {
                self.read_payload(session, tag, length, blocks)?
            }
        };
        Ok(())
    }

    fn handle_response(&mut self, session: u64, message: &[u8]) -> Result<Reader, String> {
        Ok(match self.device.receive(session, message) {
            Action::Receive { tag, length } => {
                Reader::Payload(session, Some(tag), length, Vec::new())
            }
            Action::Drain(_) if self.fault == Fault::NoDrain => Reader::Idle,
            Action::Drain(length) => Reader::Payload(session, None, length, Vec::new()),
            Action::Fail { .. } => return Err("a read failed".to_owned()),
            Action::Ignore | Action::Lost(_) => Reader::Idle,
        })
    }

    fn read_payload(
        &mut self,
        session: u64,
        tag: Option<u8>,
        length: u32,
        mut blocks: Vec<u64>,
    ) -> Result<Reader, String> {
        let expected = (length / BLOCK_SIZE) as usize;
        let Some(transfer) = self.bulk_out.front_mut() else {
            return Ok(Reader::Payload(session, tag, length, blocks));
        };
        // One packet at a time, so that everything else may happen between two.
        let is_short = transfer.front() == Some(&JUNK);
        blocks.extend(transfer.pop_front());
        if transfer.is_empty() {
            self.bulk_out.pop_front();
        }
        if is_short && self.fault != Fault::ShortPayload {
            self.device.lose(session);
            return Ok(Reader::Idle);
        }
        if blocks.len() < expected {
            return Ok(Reader::Payload(session, tag, length, blocks));
        }
        if let Some(tag) = tag.filter(|tag| self.device.finish(session, *tag)) {
            self.complete(tag, &blocks)?;
        }
        Ok(Reader::Idle)
    }

    fn complete(&mut self, tag: u8, blocks: &[u64]) -> Result<(), String> {
        let read = self.reads.get_mut(usize::from(tag)).and_then(Option::take);
        let (block, count) = read.ok_or_else(|| format!("read {tag} completes twice"))?;
        let expected: Vec<_> = (block..).take(count as usize).collect();
        match blocks == expected {
            true => Ok(()),
            false => Err(format!("read {tag}: expected {expected:?}, got {blocks:?}")),
        }
    }
}
