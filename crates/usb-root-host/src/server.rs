//! One session on a link.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use smoo_wire::{Ident, Status, control, encode_exports};

use crate::{Counters, Event, Fault, Link, LinkError, RootImage, Session, Stop, Work, check_ident};

/// How many threads read from the image and send.
const THREADS: usize = 4;
/// How often a session is supervised while the device reads.
const SUPERVISION: Duration = Duration::from_millis(500);
/// How long after the last request the device is asked first; then after twice that time, and so on. A device that lost the stream of
/// data makes no more requests, so that reads would wait for the next question.
const FIRST_STATUS: Duration = Duration::from_secs(1);
/// How many requests with an error are reported in a session: more would only repeat them.
const REPORTS: usize = 16;

/// What all sessions share.
pub struct Context<'a> {
    pub image: &'a RootImage,
    pub counters: &'a Counters,
    pub report: &'a (dyn Fn(Event) + Sync),
    pub stop: &'a Stop,
    /// The longest time without a request after which the device is asked whether its session goes on.
    pub status_interval: Duration,
}

/// How often to look whether the device applied the export, and the pause between.
const ACTIVATIONS: u32 = 10;
const ACTIVATION_PAUSE: Duration = Duration::from_millis(100);

/// Begins a session: identifies the device, and gives it the export.
pub fn begin(
    link: &impl Link,
    image: &RootImage,
    mut sleep: impl FnMut(Duration),
) -> Result<Session, Fault> {
    check_ident(&link.control_in(control::IDENT, Ident::LENGTH)?)?;
    let exports = encode_exports(&[*image.export()]);
    match link.control_out(control::CONFIG_EXPORTS, &exports) {
        Err(LinkError::Stalled(_)) => return Err(Fault::Refused),
        result => result?,
    }
    for _ in 1..ACTIVATIONS {
        match read_session(link, image) {
            Err(Fault::Refused) => sleep(ACTIVATION_PAUSE),
            result => return result,
        }
    }
    read_session(link, image)
}

fn read_session(link: &impl Link, image: &RootImage) -> Result<Session, Fault> {
    let status = link.control_in(control::STATUS, Status::LENGTH)?;
    Session::new(*image.export(), &status)
}

/// Serves a session until it fails; `Ok` if `context.stop` was set.
pub fn run(link: &impl Link, session: &Session, context: &Context) -> Result<(), Fault> {
    let running = Running {
        link,
        session,
        context,
        state: Mutex::new(State {
            end: None,
            last_request: Instant::now(),
            is_idle: false,
            reports: 0,
        }),
        supervisor: thread::current(),
    };
    thread::scope(|scope| {
        for number in 0..THREADS {
            let thread = thread::Builder::new().name(format!("root-{number}"));
            if let Err(error) = thread.spawn_scoped(scope, || running.work()) {
                running.end(Err(Fault::Thread(error.to_string())));
            }
        }
        running.supervise();
        link.close();
    });
    let state = running.state.into_inner();
    let end = state.unwrap_or_else(PoisonError::into_inner).end;
    end.unwrap_or(Ok(()))
}

struct Running<'a, L> {
    link: &'a L,
    session: &'a Session,
    context: &'a Context<'a>,
    state: Mutex<State>,
    /// Parked; unparked when `state.end` is set.
    supervisor: Thread,
}

struct State {
    /// How the session ended; the first reason counts.
    end: Option<Result<(), Fault>>,
    last_request: Instant,
    /// Whether the supervisor waits for longer than usual, so that the next request wakes it.
    is_idle: bool,
    /// The number of reports about requests with an error.
    reports: usize,
}

impl<L: Link> Running<'_, L> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, result: Result<(), Fault>) {
        self.state().end.get_or_insert(result);
        self.supervisor.unpark();
    }

    /// One of the threads, each of which waits for a request, and answers it while the next one waits.
    fn work(&self) {
        while self.state().end.is_none() {
            if let Err(fault) = self.answer() {
                self.end(Err(fault));
            }
        }
    }

    fn answer(&self) -> Result<(), Fault> {
        let message = self.link.receive()?;
        let start = Instant::now();
        self.note_request(start);
        let counters = self.context.counters;
        let read = match self.session.request(&message)? {
            Work::Read(read) => read,
            Work::Answer(response) => return Ok(self.link.send(&response.encode(), None)?),
            Work::Reject(response, rejection) => {
                counters.add_failure();
                self.report(Event::Rejected(rejection));
                return Ok(self.link.send(&response.encode(), None)?);
            }
        };
        let mut buffer = self.link.buffer(read.length);
        if let Err(error) = self.context.image.read(read.position, &mut buffer) {
            counters.add_failure();
            self.report(Event::ReadFailed {
                image: self.context.image.name().to_owned(),
                position: read.position,
                length: read.length,
                cause: error.to_string(),
            });
            return Ok(self.link.send(&read.response(false).encode(), None)?);
        }
        let response = read.response(true).encode();
        self.link.send(&response, Some(buffer))?;
        counters.add_read(read.length, start.elapsed());
        Ok(())
    }

    fn note_request(&self, time: Instant) {
        let mut state = self.state();
        state.last_request = time;
        if mem::take(&mut state.is_idle) {
            self.supervisor.unpark();
        }
    }

    /// Reports an error, unless the device causes too many.
    fn report(&self, event: Event) {
        let mut state = self.state();
        state.reports += 1;
        let is_reported = state.reports <= REPORTS;
        drop(state);
        if is_reported {
            (self.context.report)(event);
        }
    }

    /// Watches the session until it ends.
    fn supervise(&self) {
        let mut asked = Instant::now();
        let mut pause = FIRST_STATUS;
        let mut interval = SUPERVISION;
        while let Some(last_request) = self.wait(interval) {
            if self.context.stop.is_requested() {
                // Without it, the device waits too, but does not know why.
                let none = encode_exports(&[]);
                let _ = self.link.control_out(control::CONFIG_EXPORTS, &none);
                return self.end(Ok(()));
            }
            (self.context.report)(Event::Traffic(self.context.counters.totals()));
            let is_busy = last_request > asked;
            if is_busy {
                (asked, pause) = (last_request, FIRST_STATUS);
            }
            pause = pause.min(self.context.status_interval);
            let is_due = asked.elapsed() >= pause;
            if is_due {
                asked = Instant::now();
                pause = (pause * 2).min(self.context.status_interval);
            }
            if let Err(fault) = self.check(is_due) {
                return self.end(Err(fault));
            }
            interval = match is_busy {
                true => SUPERVISION,
                false => pause.saturating_sub(asked.elapsed()).max(SUPERVISION),
            };
        }
    }

    /// Waits, unless there is a reason not to, and returns the time of the last request; `None` if the session ended.
    fn wait(&self, interval: Duration) -> Option<Instant> {
        let mut state = self.state();
        state.is_idle = interval > SUPERVISION;
        let may_wait = state.end.is_none() && !self.context.stop.is_requested();
        drop(state);
        if may_wait {
            // Whoever ends the session later unparks this thread.
            thread::park_timeout(interval);
        }
        let state = self.state();
        state.end.is_none().then_some(state.last_request)
    }

    fn check(&self, is_status_due: bool) -> Result<(), Fault> {
        self.link.check()?;
        if is_status_due {
            let status = self.link.control_in(control::STATUS, Status::LENGTH)?;
            self.session.check_status(&status)?;
        }
        Ok(())
    }
}
