//! Devices in memory, which follow a script.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use read_at::ReadAt;
use smoo_wire::{Ident, Response, Status, control};
use usb_root_host::{
    Buffer, Counters, End, Error, Event, Found, Link, LinkError, Port, RootImage, Server, Stop,
    Totals,
};

/// What a device does while it is connected. It disconnects when all its messages are answered.
#[derive(Clone, Debug)]
pub struct Script {
    pub ident: Result<Vec<u8>, LinkError>,
    pub config: Result<(), LinkError>,
    /// The answers to STATUS; the last one is repeated.
    pub status: Vec<Result<Vec<u8>, LinkError>>,
    pub messages: Vec<Result<Vec<u8>, LinkError>>,
    /// After how many responses sending fails.
    pub accepts: usize,
    /// Whether it stays connected, silent, when all its messages are answered.
    pub stays: bool,
}

impl Default for Script {
    fn default() -> Self {
        Script {
            ident: Ok(Ident::CURRENT.encode().to_vec()),
            config: Ok(()),
            status: vec![Ok(status(1))],
            messages: Vec::new(),
            accepts: usize::MAX,
            stays: false,
        }
    }
}

/// The answer to STATUS in a session.
pub fn status(session: u64) -> Vec<u8> {
    let status = Status {
        is_active: true,
        exports: 1,
        session,
    };
    status.encode().to_vec()
}

/// What a device is on USB.
#[derive(Clone, Debug)]
pub enum Presence {
    Connected(Script),
    Absent,
    Loader,
    Unusable,
}

/// What a device got.
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub exports: Vec<Vec<u8>>,
    pub responses: Vec<(Response, Option<Vec<u8>>)>,
}

pub struct FakeLink(Arc<Shared>);

struct Shared {
    script: Script,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    messages: VecDeque<Result<Vec<u8>, LinkError>>,
    unanswered: usize,
    asked: usize,
    is_closed: bool,
    record: Record,
}

impl FakeLink {
    fn new(script: &Script) -> Self {
        let state = State {
            messages: script.messages.iter().cloned().collect(),
            ..State::default()
        };
        FakeLink(Arc::new(Shared {
            script: script.clone(),
            state: Mutex::new(state),
            changed: Condvar::new(),
        }))
    }
}

impl Link for FakeLink {
    fn control_in(&self, request: (u8, u8), _: usize) -> Result<Vec<u8>, LinkError> {
        if request == control::IDENT {
            return self.0.script.ident.clone();
        }
        assert_eq!(request, control::STATUS);
        let mut state = self.0.state.lock().unwrap();
        let answers = &self.0.script.status;
        let answer = answers[state.asked.min(answers.len() - 1)].clone();
        state.asked += 1;
        answer
    }

    fn control_out(&self, request: (u8, u8), data: &[u8]) -> Result<(), LinkError> {
        assert_eq!(request, control::CONFIG_EXPORTS);
        self.0.script.config.clone()?;
        let mut state = self.0.state.lock().unwrap();
        state.record.exports.push(data.to_vec());
        Ok(())
    }

    fn receive(&self) -> Result<Vec<u8>, LinkError> {
        let mut state = self.0.state.lock().unwrap();
        loop {
            if state.is_closed {
                return Err(LinkError::Closed);
            }
            if let Some(message) = state.messages.pop_front() {
                state.unanswered += 1;
                return message;
            }
            if state.unanswered == 0 && !self.0.script.stays {
                return Err(LinkError::Disconnected);
            }
            state = self.0.changed.wait(state).unwrap();
        }
    }

    fn buffer(&self, length: usize) -> Buffer {
        let mut buffer = Buffer::new(length);
        buffer.extend_fill(length, 0xa5);
        buffer
    }

    fn send(&self, response: &[u8], payload: Option<Buffer>) -> Result<(), LinkError> {
        let mut state = self.0.state.lock().unwrap();
        if state.record.responses.len() >= self.0.script.accepts {
            return Err(LinkError::Timeout("data"));
        }
        let response = Response::parse(response).unwrap();
        let payload = payload.map(|payload| payload.to_vec());
        state.record.responses.push((response, payload));
        state.unanswered -= 1;
        self.0.changed.notify_all();
        Ok(())
    }

    fn check(&self) -> Result<(), LinkError> {
        Ok(())
    }

    fn close(&self) {
        self.0.state.lock().unwrap().is_closed = true;
        self.0.changed.notify_all();
    }
}

/// Where the device is at first, next, and so on; then it is gone.
pub struct FakePort {
    presences: VecDeque<Presence>,
    links: Vec<Arc<Shared>>,
    time: Instant,
}

impl Port for FakePort {
    type Link = FakeLink;

    fn name(&self) -> &str {
        "usb:1a2b"
    }

    fn connect(&mut self) -> Result<Found<FakeLink>, Error> {
        Ok(match self.presences.pop_front() {
            Some(Presence::Connected(script)) => {
                let link = FakeLink::new(&script);
                self.links.push(Arc::clone(&link.0));
                Found::Device(link)
            }
            None | Some(Presence::Absent) => Found::Absent,
            Some(Presence::Loader) => Found::Loader,
            Some(Presence::Unusable) => Found::Unusable("in use".to_owned()),
        })
    }

    fn now(&self) -> Instant {
        self.time
    }

    fn sleep(&mut self, duration: Duration) {
        self.time += duration;
    }
}

/// How serving ended, and what happened.
pub struct Outcome {
    pub result: Result<End, Error>,
    pub events: Vec<Event>,
    pub records: Vec<Record>,
    pub totals: Totals,
    /// How long it took by the clock of the port.
    pub time: Duration,
}

/// Serves to a device until it has been gone for a minute, or `is_last` holds for an event.
pub fn serve(
    image: &RootImage,
    presences: Vec<Presence>,
    is_last: impl Fn(&Event) -> bool + Sync,
) -> Outcome {
    let events = Mutex::new(Vec::new());
    let stop = Stop::default();
    let counters = Counters::default();
    let report = |event: Event| {
        if is_last(&event) {
            stop.request();
        }
        if !matches!(event, Event::Traffic(_)) {
            events.lock().unwrap().push(event);
        }
    };
    let start = Instant::now();
    let mut port = FakePort {
        presences: presences.into(),
        links: Vec::new(),
        time: start,
    };
    let server = Server {
        image,
        counters: &counters,
        report: &report,
        stop: &stop,
        status_interval: Duration::ZERO,
        grace: Some(Duration::from_secs(60)),
    };
    let result = server.serve(&mut port);
    let record = |link: &Arc<Shared>| link.state.lock().unwrap().record.clone();
    Outcome {
        result,
        records: port.links.iter().map(record).collect(),
        totals: counters.totals(),
        time: port.time - start,
        events: events.into_inner().unwrap(),
    }
}

/// The byte at a position of the image.
pub fn byte(position: u64) -> u8 {
    (position.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

/// An image whose bytes show their position.
pub struct Pattern {
    pub size: u64,
    /// Where reading fails.
    pub broken: Option<u64>,
}

impl ReadAt for Pattern {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> std::io::Result<()> {
        let range = offset..offset + bytes.len() as u64;
        if self.broken.is_some_and(|broken| range.contains(&broken)) {
            return Err(std::io::Error::other("damaged"));
        }
        for (byte_at, position) in bytes.iter_mut().zip(range) {
            *byte_at = byte(position);
        }
        Ok(())
    }
}

/// An image of `size` bytes.
pub fn image(size: u64) -> RootImage {
    let broken = None;
    RootImage::new("root.img", Arc::new(Pattern { size, broken })).unwrap()
}
