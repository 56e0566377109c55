//! Session after session.

use std::time::{Duration, Instant};

use crate::server::{Context, begin, run};
use crate::{Counters, Error, Event, Fault, Found, LinkError, Port, RootImage, Stop};

/// Between two looks for a device that is not there. Short, since its reads wait.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// For how long a device that was not served yet may be busy, or not accessible yet.
const OPENS: Duration = Duration::from_secs(3);
/// How often in a row a device may refuse the image: it may do so while it starts.
const REFUSALS: u32 = 3;
const REFUSAL_PAUSE: Duration = Duration::from_millis(500);
/// The pause after the first session that failed, which doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause after a session that failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Serves an image to a device.
pub struct Server<'a> {
    /// The image.
    pub image: &'a RootImage,
    /// Counts what is served.
    pub counters: &'a Counters,
    /// Receives events, from several threads.
    pub report: &'a (dyn Fn(Event) + Sync),
    /// Ends it.
    pub stop: &'a Stop,
    /// The longest time without a request after which the device is asked whether its session goes on.
    pub status_interval: Duration,
    /// How long the device may be away before this ends; `None` to wait for ever.
    pub grace: Option<Duration>,
}

/// Why serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The user ended it.
    Stopped,
    /// The device was away for longer than the grace period.
    Gone,
    /// The device is in its boot loader.
    Loader,
}

impl Server<'_> {
    /// Serves, and waits for the device whenever it is not connected.
    ///
    /// # Errors
    /// [`Error::Open`] only for a device that was never served, [`Error::Refused`], [`Error::Version`], and those of [`Port::connect`].
    pub fn serve(&self, port: &mut impl Port) -> Result<End, Error> {
        let mut progress = Progress::new(port.now());
        self.stop.wake_this_thread();
        while !self.stop.is_requested() {
            match port.connect()? {
                Found::Device(link) => {
                    progress.away_since = None;
                    let served = self.serve_session(&link, port, &mut progress);
                    drop(link);
                    match served {
                        Ok(()) => return Ok(End::Stopped),
                        Err(fault) => self.recover(fault, port, &mut progress)?,
                    }
                }
                Found::Absent => {
                    let since = *progress.away_since.get_or_insert(port.now());
                    if self
                        .grace
                        .is_some_and(|grace| port.now().saturating_duration_since(since) >= grace)
                    {
                        return Ok(End::Gone);
                    }
                    self.report_once(Event::Waiting, &mut progress);
                    port.sleep(POLL_INTERVAL);
                }
                Found::Loader => return Ok(End::Loader),
                Found::Unusable(reason) => {
                    let is_late = port.now().saturating_duration_since(progress.start) >= OPENS;
                    if is_late && !progress.was_served {
                        let device = port.name().to_owned();
                        return Err(Error::Open { device, reason });
                    }
                    if progress.was_served {
                        self.report_once(Event::Unusable { reason }, &mut progress);
                    }
                    port.sleep(POLL_INTERVAL);
                }
            }
        }
        Ok(End::Stopped)
    }

    fn serve_session<P: Port>(
        &self,
        link: &P::Link,
        port: &mut P,
        progress: &mut Progress,
    ) -> Result<(), Fault> {
        let session = begin(link, self.image, |pause| port.sleep(pause))?;
        self.counters.add_session();
        (self.report)(Event::Session {
            id: session.id(),
            is_reconnect: progress.was_served,
        });
        progress.was_served = true;
        progress.reported = None;
        progress.refusals = 0;
        let context = Context {
            image: self.image,
            counters: self.counters,
            report: self.report,
            stop: self.stop,
            status_interval: self.status_interval,
        };
        let start = Instant::now();
        let result = run(link, &session, &context);
        (self.report)(Event::Traffic(self.counters.totals()));
        if start.elapsed() >= LONGEST_PAUSE {
            progress.faults = 0;
        }
        result
    }

    /// Reports a fault, and waits longer after each.
    fn recover(
        &self,
        fault: Fault,
        port: &mut impl Port,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let device = || port.name().to_owned();
        let event = match fault {
            Fault::Link(LinkError::Disconnected) => Event::Disconnected,
            Fault::Version(found) => {
                let device = device();
                return Err(Error::Version { device, found });
            }
            Fault::Refused => {
                progress.refusals += 1;
                if progress.refusals >= REFUSALS {
                    return Err(Error::Refused(device()));
                }
                port.sleep(REFUSAL_PAUSE);
                return Ok(());
            }
            fault => Event::Fault {
                reason: fault.to_string(),
            },
        };
        if event != Event::Disconnected {
            progress.faults += 1;
        }
        self.report_once(event, progress);
        let pause = FIRST_PAUSE * (1 << progress.faults.min(6));
        port.sleep(pause.min(LONGEST_PAUSE));
        Ok(())
    }

    /// Reports an event, unless it was the last one.
    fn report_once(&self, event: Event, progress: &mut Progress) {
        // A device that disconnects is absent next.
        let is_known = event == Event::Waiting && progress.reported == Some(Event::Disconnected);
        if !is_known && progress.reported.as_ref() != Some(&event) {
            (self.report)(event.clone());
            progress.reported = Some(event);
        }
    }
}

/// What happened so far.
struct Progress {
    start: Instant,
    was_served: bool,
    /// The number of sessions in a row that failed at once.
    faults: u32,
    refusals: u32,
    away_since: Option<Instant>,
    /// The last event other than a session.
    reported: Option<Event>,
}

impl Progress {
    fn new(start: Instant) -> Self {
        Progress {
            start,
            was_served: false,
            faults: 0,
            refusals: 0,
            away_since: None,
            reported: None,
        }
    }
}
