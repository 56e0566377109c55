//! Prints what happens while an image is served: lines and a status line for people, JSON for programs.

use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use boot_devices::{Address, Device};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use usb_root_host::{End, Event, Totals};

use super::{Root, json, text};

/// How often traffic is reported where it is not drawn: to programs, and in logs.
const JSON_INTERVAL: Duration = Duration::from_secs(1);
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// Where events go. Clones are the same.
#[derive(Clone)]
pub struct Monitor(Arc<Inner>);

struct Inner {
    is_json: bool,
    is_interactive: bool,
    state: Mutex<State>,
}

struct State {
    /// The address of the device.
    device: String,
    bar: Option<ProgressBar>,
    /// Whether the device got its root from here, so that it needs it.
    was_served: bool,
    was_warned: bool,
    /// The traffic that was reported last.
    reported: (Instant, Totals),
    /// The first error of printing, which ends the program when everything else is done.
    failure: Option<anyhow::Error>,
}

impl Monitor {
    /// Prints JSON, or else lines. `is_interactive`: whether there may be a status line and a warning before the end.
    pub fn new(is_json: bool, is_interactive: bool) -> Self {
        Monitor(Arc::new(Inner {
            is_json,
            is_interactive: is_interactive && !is_json,
            state: Mutex::new(State {
                device: "device".to_owned(),
                bar: None,
                was_served: false,
                was_warned: false,
                reported: (Instant::now(), Totals::default()),
                failure: None,
            }),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports what will be served.
    pub fn export(&self, root: &Root) {
        let (name, export) = (root.image.name(), root.image.export());
        let id = export.id().to_string();
        match self.0.is_json {
            true => self.print_json(&json::Event::Export {
                image: name,
                file_system: &root.file_system,
                size: export.size(),
                id: &id,
            }),
            false => self.print(&text::export(name, root.kind, export.size(), &id)),
        }
    }

    /// Reports the device that was found.
    pub fn device(&self, device: &Device, address: &Address) {
        let address = address.to_string();
        self.state().device.clone_from(&address);
        let usb = device.usb();
        match self.0.is_json {
            true => self.print_json(&json::Event::RootDevice {
                address: &address,
                serial: usb.and_then(|usb| usb.serial.as_deref()),
                path: usb.map(boot_devices::UsbDevice::path),
            }),
            false => self.print(&text::device(&address, usb)),
        }
        if self.0.is_interactive && io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
                bar.set_style(style);
            }
            self.state().bar = Some(bar);
        }
    }

    /// Reports that stage0 is waited for.
    pub fn waiting(&self) {
        match self.0.is_json {
            true => self.print_json(&json::Event::Waiting),
            false => cli_main::note("waiting for stage0 on USB, which Ctrl-C ends"),
        }
    }

    /// Reports how long after the boot the device appeared.
    pub fn seen(&self, after: Duration) {
        match self.0.is_json {
            true => self.print_json(&json::Event::Stage0 {
                seconds: after.as_secs_f64(),
            }),
            false => self.print(&text::seen(after)),
        }
    }

    /// Reports an event.
    pub fn report(&self, event: &Event) {
        if let Event::Traffic(totals) = event {
            return self.traffic(totals);
        }
        let device = self.state().device.clone();
        if let Event::Session { .. } = event {
            self.state().was_served = true;
        }
        if self.0.is_json {
            if let Some(event) = json::Event::from_event(event, &device) {
                self.print_json(&event);
            }
            return;
        }
        match text::event(event, &device) {
            text::Message::Line(line) => self.print(&line),
            text::Message::Note(note) => self.suspended(|| cli_main::note(note)),
            text::Message::Warning(warning) => self.suspended(|| cli_main::warning(warning)),
        }
    }

    /// Draws the status line, or reports the traffic from time to time.
    fn traffic(&self, totals: &Totals) {
        let mut state = self.state();
        let (time, last) = state.reported;
        let interval = match (self.0.is_json, &state.bar) {
            (true, _) | (_, Some(_)) => JSON_INTERVAL,
            (false, None) => LOG_INTERVAL,
        };
        let elapsed = time.elapsed();
        let recent = totals.since(&last);
        let is_new = state.bar.is_some() || recent.reads + recent.failures > 0;
        if elapsed < interval || !is_new {
            return;
        }
        state.reported = (Instant::now(), *totals);
        let rate = (recent.bytes as f64 / elapsed.as_secs_f64()) as u64;
        let line = text::traffic(totals, &recent, rate);
        if let Some(bar) = &state.bar {
            return bar.set_message(line);
        }
        drop(state);
        match self.0.is_json {
            true => self.print_json(&json::Event::traffic(totals, &recent, rate)),
            false => self.print(&text::line("traffic", &line)),
        }
    }

    /// Whether the first Ctrl-C is only a warning: a device got its root from here, and the user was not warned yet.
    pub fn is_forgiving(&self) -> bool {
        let state = self.state();
        self.0.is_interactive && state.was_served && !state.was_warned
    }

    /// Warns of what the end means for the device.
    pub fn warn_of_end(&self) {
        self.state().was_warned = true;
        self.suspended(|| {
            cli_main::warning(
                "the device stops working without its root; press Ctrl-C again to end",
            );
        });
    }

    /// Reports a warning.
    pub fn warn(&self, message: &str) {
        match self.0.is_json {
            true => self.print_json(&json::Event::Warning {
                message: message.to_owned(),
            }),
            false => self.suspended(|| cli_main::warning(message)),
        }
    }

    /// Reports why serving ended.
    pub fn end(&self, end: End, totals: &Totals) {
        self.clear();
        let device = self.state().device.clone();
        match self.0.is_json {
            true => self.print_json(&json::Event::end(end, totals)),
            false => self.print(&text::end(end, &device, totals)),
        }
    }

    /// Reports how the program ends.
    pub fn finish<T>(&self, result: anyhow::Result<T>) -> anyhow::Result<T> {
        let result = self.close(result);
        if let (Err(error), true) = (&result, self.0.is_json) {
            let message = &format!("{error:#}");
            let exit_code = cli_main::exit_code(error);
            self.print_json(&json::Event::Error { message, exit_code });
        }
        result
    }

    /// Removes the status line, and returns the first error of printing if there was no other.
    pub fn close<T>(&self, result: anyhow::Result<T>) -> anyhow::Result<T> {
        self.clear();
        let failure = self.state().failure.take();
        match failure {
            Some(failure) if result.is_ok() => Err(failure),
            _ => result,
        }
    }

    fn clear(&self) {
        if let Some(bar) = self.state().bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Prints without the status line.
    fn suspended(&self, print: impl FnOnce()) {
        match self.state().bar.clone() {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn print_json(&self, event: &impl Serialize) {
        match serde_json::to_string(event) {
            Ok(line) => self.print(&(line + "\n")),
            Err(error) => self.keep(error.into()),
        }
    }

    fn print(&self, text: &str) {
        let mut result = Ok(());
        self.suspended(|| result = cli_main::print(text));
        if let Err(error) = result {
            self.keep(error);
        }
    }

    fn keep(&self, error: anyhow::Error) {
        self.state().failure.get_or_insert(error);
    }
}
