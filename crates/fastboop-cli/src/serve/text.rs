//! What is printed for people.

use std::time::Duration;

use boot_devices::UsbDevice;
use cli_main::escape;
use usb_root_host::{End, Event, Totals};

use crate::image::format_size;

/// A line with a name.
pub fn line(name: &str, value: &str) -> String {
    format!("{name:<10}  {}\n", escape(value))
}

/// Where a message goes.
pub enum Message {
    /// To standard output.
    Line(String),
    /// To standard error.
    Note(String),
    /// To standard error, as a warning.
    Warning(String),
}

pub fn export(name: &str, kind: &str, size: u64, id: &str) -> String {
    let size = format_size(size);
    line("serving", &format!("{name} ({kind}), {size}, export {id}"))
}

pub fn device(address: &str, usb: Option<&UsbDevice>) -> String {
    let place = usb.map(|usb| format!(", at {}", usb.path()));
    line("device", &format!("{address}{}", place.unwrap_or_default()))
}

pub fn seen(after: Duration) -> String {
    line(
        "stage0",
        &format!("seen after {:.1} s", after.as_secs_f64()),
    )
}

/// The message for an event other than traffic.
pub fn event(event: &Event, device: &str) -> Message {
    match event {
        Event::Waiting => Message::Note(format!(
            "{device}: not connected; waiting for it, which Ctrl-C ends"
        )),
        Event::Disconnected => Message::Note(format!(
            "{device}: disconnected; waiting for it, which Ctrl-C ends"
        )),
        Event::Session { is_reconnect, .. } => Message::Line(line(
            "session",
            match is_reconnect {
                true => "the device is connected again",
                false => "the device has its root",
            },
        )),
        Event::Unusable { reason } => Message::Warning(format!("{device}: {reason}")),
        Event::Fault { reason } => Message::Warning(format!("{device}: {reason}; starting over")),
        Event::ReadFailed {
            image,
            position,
            length,
            cause,
        } => Message::Warning(format!(
            "{image}: cannot read {length} bytes at byte {position}: {cause}; the device gets an error"
        )),
        Event::Rejected(rejection) => Message::Warning(format!("{device}: {rejection}")),
        Event::Traffic(totals) => Message::Line(line("traffic", &traffic(totals, totals, 0))),
    }
}

pub fn end(end: End, device: &str, totals: &Totals) -> String {
    let reason = match end {
        End::Stopped => "interrupted".to_owned(),
        End::Gone => format!("{device} is gone"),
        End::Loader => format!("{device} is in its boot loader"),
    };
    let served = format!("{} in {} reads", format_size(totals.bytes), totals.reads);
    line("end", &format!("{reason}; served {served}"))
}

/// The totals, and rate and latency of what is `recent`.
pub fn traffic(totals: &Totals, recent: &Totals, rate: u64) -> String {
    let mut text = format!(
        "{} in {} reads, {}/s, {} a read",
        format_size(totals.bytes),
        totals.reads,
        format_size(rate),
        latency(recent.mean_latency())
    );
    if totals.failures > 0 {
        text += &format!(", {} with an error", totals.failures);
    }
    match totals.reconnects() {
        0 => {}
        1 => text += ", 1 reconnect",
        count => text += &format!(", {count} reconnects"),
    }
    text
}

/// A time in microseconds or milliseconds.
fn latency(time: Duration) -> String {
    match time.as_micros() {
        micros @ 0..10_000 => format!("{micros} µs"),
        micros => format!("{} ms", micros / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_traffic() {
        let mut totals = Totals {
            reads: 2,
            bytes: 131_072,
            latency: Duration::from_micros(620),
            failures: 0,
            sessions: 1,
        };
        assert_eq!(
            traffic(&totals, &totals, 5_000_000),
            "131.1 kB in 2 reads, 5.0 MB/s, 310 µs a read"
        );
        totals.failures = 1;
        totals.sessions = 3;
        let recent = Totals {
            latency: Duration::from_millis(40),
            ..totals
        };
        assert_eq!(
            traffic(&totals, &recent, 0),
            "131.1 kB in 2 reads, 0 bytes/s, 20 ms a read, 1 with an error, 2 reconnects"
        );
    }

    #[test]
    fn texts_of_devices_are_one_line() {
        let line = device("usb:a\x1b[2J\nb", None);
        assert_eq!(line, "device      usb:a\\u{1b}[2J\\nb\n");
    }
}
