//! A link over USB.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use fastboot_usb::UsbDevice;
use nusb::transfer::{Bulk, ControlIn, ControlOut, ControlType, In, Interrupt, Out, Recipient};
use nusb::{Endpoint, Interface, MaybeFuture};

use super::transfers::{Inputs, Outputs, cause};
use crate::{Buffer, Link, LinkError};

/// How long a control request may take. A device that is busy or short of memory takes long; 100 ms are too short.
const CONTROL: Duration = Duration::from_secs(5);
/// How long the device may accept nothing that was sent.
const STUCK: Duration = Duration::from_secs(30);
/// How long to wait before looking whether the link was closed.
const TICK: Duration = Duration::from_millis(500);
/// How long cancelled transfers may take to complete.
const CANCEL: Duration = Duration::from_secs(2);
/// How long the kernel may take to remove a device whose transfers fail since it left.
const LEAVE: Duration = Duration::from_secs(1);
/// How often to look whether it did.
const INTERVAL: Duration = Duration::from_millis(20);
/// How many messages to wait for at once.
const MESSAGES: usize = 4;
/// How much of what the device sends on the bulk endpoint is discarded at once, in bytes: a multiple of every packet size.
const JUNK: usize = 16 << 10;
/// How many payloads and responses may be in flight.
const PAYLOADS: usize = 8;
const RESPONSES: usize = 32;

/// A session over USB.
pub struct UsbLink {
    interface: Interface,
    /// The file of the device, which the kernel removes when the device leaves.
    node: PathBuf,
    messages: Mutex<Inputs<Endpoint<Interrupt, In>>>,
    junk: Mutex<Inputs<Endpoint<Bulk, In>>>,
    /// Both endpoints in one lock, so that payloads are in the order of their responses.
    sent: Mutex<Sent>,
    is_closed: AtomicBool,
    /// Wakes the thread that waits for a message.
    receiver: Mutex<Option<Waker>>,
}

struct Sent {
    responses: Outputs<Endpoint<Interrupt, Out>>,
    payloads: Outputs<Endpoint<Bulk, Out>>,
}

impl UsbLink {
    /// Opens a device that waits for its root, and begins a session.
    ///
    /// # Errors
    /// As [`fastboot_usb::claim`].
    pub fn open(device: &UsbDevice) -> Result<Self, fastboot_usb::Error> {
        let (interface, found) = fastboot_usb::claim(device)?;
        let fail = |cause: nusb::Error| fastboot_usb::Error::Open {
            node: device.node(),
            cause: cause.into(),
        };
        let interrupt_in = interface.endpoint(found.interrupt_in).map_err(fail)?;
        let interrupt_out = interface.endpoint(found.interrupt_out).map_err(fail)?;
        let bulk_in = interface.endpoint(found.bulk_in).map_err(fail)?;
        let bulk_out = interface.endpoint(found.bulk_out).map_err(fail)?;
        Ok(UsbLink {
            interface,
            node: device.node(),
            messages: Mutex::new(Inputs::new(interrupt_in, found.interrupt_packet, MESSAGES)),
            junk: Mutex::new(Inputs::new(bulk_in, JUNK, 1)),
            sent: Mutex::new(Sent {
                responses: Outputs::new(interrupt_out, RESPONSES),
                payloads: Outputs::new(bulk_out, PAYLOADS),
            }),
            is_closed: AtomicBool::new(false),
            receiver: Mutex::new(None),
        })
    }

    fn fail_if_closed(&self) -> Result<(), LinkError> {
        match self.is_closed.load(SeqCst) {
            true => Err(LinkError::Closed),
            false => Ok(()),
        }
    }

    /// The cause of an error. When a device leaves, transfers fail in other ways before the kernel removes it, or do not complete at all.
    fn explain(&self, error: LinkError) -> LinkError {
        let deadline = Instant::now() + LEAVE;
        while matches!(error, LinkError::Other(..)) && Instant::now() < deadline {
            if !self.node.exists() {
                return LinkError::Disconnected;
            }
            thread::sleep(INTERVAL);
        }
        error
    }

    /// Waits until both endpoints accept another transfer.
    fn wait_for_room(&self, sent: &mut Sent) -> Result<(), LinkError> {
        let start = Instant::now();
        loop {
            self.fail_if_closed()?;
            if sent.responses.has_room(TICK, "response")? && sent.payloads.has_room(TICK, "data")? {
                return Ok(());
            }
            if start.elapsed() >= STUCK {
                return Err(LinkError::Timeout("data"));
            }
        }
    }
}

impl Link for UsbLink {
    fn control_in(&self, request: (u8, u8), length: usize) -> Result<Vec<u8>, LinkError> {
        let (kind, request) = request;
        let request = ControlIn {
            control_type: control_type(kind),
            recipient: Recipient::Interface,
            request,
            value: 0,
            index: self.interface.interface_number().into(),
            length: u16::try_from(length).unwrap_or(u16::MAX),
        };
        let answer = self.interface.control_in(request, CONTROL).wait();
        answer.map_err(|error| cause(error, "control request"))
    }

    fn control_out(&self, request: (u8, u8), data: &[u8]) -> Result<(), LinkError> {
        let (kind, request) = request;
        let request = ControlOut {
            control_type: control_type(kind),
            recipient: Recipient::Interface,
            request,
            value: 0,
            index: self.interface.interface_number().into(),
            data,
        };
        let answer = self.interface.control_out(request, CONTROL).wait();
        answer.map_err(|error| cause(error, "control request"))
    }

    fn receive(&self) -> Result<Vec<u8>, LinkError> {
        let mut messages = lock(&self.messages);
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        *lock(&self.receiver) = Some(waker.clone());
        let mut context = Context::from_waker(&waker);
        loop {
            self.fail_if_closed()?;
            if let Poll::Ready(received) = messages.poll(&mut context, "request") {
                return received.map_err(|error| self.explain(error));
            }
            thread::park();
        }
    }

    fn buffer(&self, length: usize) -> Buffer {
        lock(&self.sent).payloads.buffer(length)
    }

    fn send(&self, response: &[u8], payload: Option<Buffer>) -> Result<(), LinkError> {
        let mut sent = lock(&self.sent);
        self.wait_for_room(&mut sent)
            .map_err(|error| self.explain(error))?;
        sent.responses.submit(response.to_vec().into());
        if let Some(payload) = payload {
            sent.payloads.submit(payload);
        }
        Ok(())
    }

    fn check(&self) -> Result<(), LinkError> {
        if !self.node.exists() {
            return Err(LinkError::Disconnected);
        }
        // A thread that is sending checks it itself.
        if let Ok(mut sent) = self.sent.try_lock() {
            let responses = sent.responses.has_room(Duration::ZERO, "response");
            let payloads = sent.payloads.has_room(Duration::ZERO, "data");
            responses
                .and(payloads)
                .map_err(|error| self.explain(error))?;
        }
        let mut junk = lock(&self.junk);
        // A halted endpoint sends no junk any more.
        match junk.poll(&mut Context::from_waker(Waker::noop()), "data") {
            Poll::Ready(Err(LinkError::Disconnected)) => Err(LinkError::Disconnected),
            _ => Ok(()),
        }
    }

    fn close(&self) {
        self.is_closed.store(true, SeqCst);
        if let Some(receiver) = lock(&self.receiver).take() {
            receiver.wake();
        }
    }
}

impl Drop for UsbLink {
    /// The interface is released only when no transfer is pending, and cannot be claimed again before. Nobody waits for a device that left.
    fn drop(&mut self) {
        let (mut messages, mut junk) = (lock(&self.messages), lock(&self.junk));
        let mut sent = lock(&self.sent);
        messages.cancel();
        junk.cancel();
        sent.responses.cancel();
        sent.payloads.cancel();
        let deadline = Instant::now() + CANCEL;
        while self.node.exists() && Instant::now() < deadline {
            let is_drained = messages.is_drained(INTERVAL)
                && junk.is_drained(INTERVAL)
                && sent.responses.is_drained(INTERVAL)
                && sent.payloads.is_drained(INTERVAL);
            if is_drained {
                return;
            }
        }
    }
}

/// Wakes a thread that parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bits 5 and 6 of `bmRequestType`: USB 2.0, section 9.3.
fn control_type(kind: u8) -> ControlType {
    match kind >> 5 & 3 {
        0 => ControlType::Standard,
        1 => ControlType::Class,
        _ => ControlType::Vendor,
    }
}
