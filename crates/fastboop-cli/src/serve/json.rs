//! Events as JSON: docs/serve.md.

use serde::Serialize;
use usb_root_host::{End, Totals};

/// A line. Its field names must stay: programs read the JSON. Sizes are in bytes.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// What is served.
    Export {
        image: &'a str,
        file_system: &'a str,
        size: u64,
        /// The number by which the device recognizes the image: 8 hexadecimal digits.
        id: &'a str,
    },
    /// The device that was found.
    RootDevice {
        address: &'a str,
        serial: Option<&'a str>,
        path: Option<String>,
    },
    /// The device appeared on USB, in `fastboop boot`.
    Stage0 {
        /// Since the image was sent.
        seconds: f64,
    },
    /// A session began.
    Session { session: u64, is_reconnect: bool },
    /// The device is not connected.
    Waiting,
    /// The device disconnected.
    Disconnected,
    /// The image cannot be read.
    ReadFailed {
        position: u64,
        length: usize,
        message: &'a str,
    },
    /// Anything else that went wrong, and does not end the program.
    Warning { message: String },
    /// What was served, in all and since the last event.
    Traffic {
        reads: u64,
        bytes: u64,
        failures: u64,
        reconnects: u64,
        /// Bytes per second.
        rate: u64,
        /// The mean since the last event; 0 if there was no read.
        latency_us: u64,
    },
    /// Serving ended.
    End {
        reason: &'static str,
        reads: u64,
        bytes: u64,
        failures: u64,
        reconnects: u64,
    },
    /// The program failed.
    Error { message: &'a str, exit_code: u8 },
}

impl<'a> Event<'a> {
    /// `None` for traffic.
    pub fn from_event(event: &'a usb_root_host::Event, device: &str) -> Option<Self> {
        use usb_root_host::Event as Happened;
        let warning = |text: &str| Event::Warning {
            message: format!("{device}: {text}"),
        };
        Some(match event {
            Happened::Waiting => Event::Waiting,
            Happened::Session { id, is_reconnect } => Event::Session {
                session: *id,
                is_reconnect: *is_reconnect,
            },
            Happened::Disconnected => Event::Disconnected,
            Happened::Unusable { reason } | Happened::Fault { reason } => warning(reason),
            Happened::ReadFailed {
                position,
                length,
                cause,
                ..
            } => Event::ReadFailed {
                position: *position,
                length: *length,
                message: cause,
            },
            Happened::Rejected(rejection) => warning(&rejection.to_string()),
            Happened::Traffic(_) => return None,
        })
    }

    pub fn traffic(totals: &Totals, recent: &Totals, rate: u64) -> Self {
        Event::Traffic {
            reads: totals.reads,
            bytes: totals.bytes,
            failures: totals.failures,
            reconnects: totals.reconnects(),
            rate,
            latency_us: u64::try_from(recent.mean_latency().as_micros()).unwrap_or(u64::MAX),
        }
    }

    pub fn end(end: End, totals: &Totals) -> Self {
        Event::End {
            reason: match end {
                End::Stopped => "interrupted",
                End::Gone => "gone",
                End::Loader => "boot_loader",
            },
            reads: totals.reads,
            bytes: totals.bytes,
            failures: totals.failures,
            reconnects: totals.reconnects(),
        }
    }
}
