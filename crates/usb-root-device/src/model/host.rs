//! The model's hosts and other programs, and what the kernel does with their transfers.

use std::collections::VecDeque;

use smoo_wire::{Request, Response, encode_exports};

use super::{Event, JUNK, Model, Reader};

/// A host.
#[derive(Default)]
pub struct Host {
    /// Whether the device has received its exports.
    pub is_serving: bool,
    requests: Vec<Request>,
    /// The payload of a response that was sent.
    payload: Option<VecDeque<u64>>,
}

impl Model {
    pub fn host_receives(&mut self) {
        if let Some(host) = &mut self.host {
            host.requests.extend(self.interrupt_in.pop_front());
        }
    }

    /// Answers any of its requests, when the payload of the last response is on its way.
    pub fn host_answers(&mut self, choice: usize) {
        let Some(host) = self.host.as_mut().filter(|host| host.is_serving) else {
            return;
        };
        if host.requests.is_empty() || host.payload.is_some() {
            return;
        }
        let request = host.requests.swap_remove(choice % host.requests.len());
        host.payload = Some((request.block..).take(request.blocks as usize).collect());
        let response = Response { request, status: 0 };
        self.interrupt_out.push_back(response.encode().to_vec());
    }

    pub fn host_sends_payload(&mut self, choice: usize) {
        let Some(payload) = self.host.as_mut().and_then(|host| host.payload.as_mut()) else {
            return;
        };
        let count = payload.len().min(choice + 1);
        let sent: VecDeque<_> = payload.drain(..count).collect();
        if payload.is_empty() {
            if let Some(host) = &mut self.host {
                host.payload = None;
            }
        }
        self.bulk_out.push_back(sent);
    }

    /// The host ends, which cancels its transfers, and perhaps another one starts at once.
    pub fn change_host(&mut self, choice: usize) {
        self.host = None;
        self.cancel_transfers();
        match choice {
            0..=3 => {}
            // smoo's host does not enable the interface.
            4..=7 => self.start_host(false),
            _ => self.start_host(true),
        }
    }

    pub fn start_host(&mut self, enables_interface: bool) {
        self.cancel_transfers();
        if enables_interface {
            self.flush();
        }
        self.host = Some(Host::default());
        // The events of one kind replace each other.
        self.events.retain(|event| matches!(event, Event::Session));
        let exports = encode_exports(&[self.export]);
        self.events.push_back(Event::Exports(exports));
    }

    fn cancel_transfers(&mut self) {
        self.interrupt_out.clear();
        self.bulk_out.clear();
        // A control request that nobody waits for any more is not handled.
        self.events.retain(|event| matches!(event, Event::Session));
    }

    /// What the kernel does when the host enables the interface or the cable is pulled: it drops everything, and aborts reads.
    pub fn flush(&mut self) {
        if let Some(host) = &mut self.host {
            *host = Host::default();
        }
        self.cancel_transfers();
        self.interrupt_in.clear();
        self.reader = match std::mem::replace(&mut self.reader, Reader::Idle) {
            Reader::Response(session) | Reader::Payload(session, ..) => Reader::Failed(session),
            other => other,
        };
        // It replaces earlier ones: `__ffs_event_add` of Linux' `drivers/usb/gadget/function/f_fs.c`.
        self.events.clear();
        self.events.push_back(Event::Session);
    }

    /// Another program writes, while no host does.
    pub fn write_junk(&mut self, choice: usize) {
        if self.host.is_some() {
            return;
        }
        match choice % 4 {
            0 => self.bulk_out.push_back(VecDeque::from([JUNK])),
            1 => self.interrupt_out.push_back(vec![0; 28]),
            2 => self.interrupt_out.push_back(vec![choice as u8; 28]),
            _ => self.interrupt_out.push_back(b"getvar:version".to_vec()),
        }
    }
}
