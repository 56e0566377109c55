//! Prints events: lines and a progress bar for people, JSON for programs.

use std::path::Path;

use live_boot::{Event, Step};
use serde::Serialize;

use super::text;
use crate::progress::Progress;

/// Where events go.
pub struct Reporter {
    is_json: bool,
    bar: Option<(Step, Progress)>,
    /// The first error of printing, which ends the program when everything else is done.
    failure: Option<anyhow::Error>,
}

/// What only the program reports. Its field names must stay: programs read the JSON.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum End<'a> {
    /// The boot image was written to a file.
    Written {
        path: String,
        /// In bytes.
        size: u64,
    },
    /// The program failed.
    Error { message: &'a str, exit_code: u8 },
}

impl Reporter {
    pub fn new(is_json: bool) -> Self {
        Reporter {
            is_json,
            bar: None,
            failure: None,
        }
    }

    /// Prints an event.
    pub fn report(&mut self, event: &Event) {
        if let Event::Progress(progress) = event {
            self.draw(progress);
        } else {
            self.bar = None;
        }
        if self.is_json {
            return self.print_json(event);
        }
        match event {
            Event::Warning { message } => cli_main::warning(message),
            Event::Message { text } => cli_main::note(format!("device: {text}")),
            Event::Progress(_) => {}
            event => self.print(&text::lines(event)),
        }
    }

    /// Reports that the boot image is in a file.
    pub fn written(&mut self, path: &Path, size: u64) {
        self.bar = None;
        let path = path.display().to_string();
        if self.is_json {
            return self.print_json(&End::Written { path, size });
        }
        let line = format!("{path}, {size} bytes");
        self.print(&text::line("wrote", &line));
    }

    /// Reports how the program ends.
    pub fn finish<T>(mut self, result: anyhow::Result<T>) -> anyhow::Result<T> {
        self.bar = None;
        if let (Err(error), true) = (&result, self.is_json) {
            let message = &format!("{error:#}");
            let exit_code = cli_main::exit_code(error);
            self.print_json(&End::Error { message, exit_code });
        }
        match (result, self.failure) {
            (Ok(_), Some(failure)) => Err(failure),
            (result, _) => result,
        }
    }

    /// The bar shows one step at a time.
    fn draw(&mut self, progress: &live_boot::Progress) {
        if self.is_json {
            return;
        }
        let is_same = |(step, _): &&(Step, Progress)| *step == progress.step;
        if self.bar.as_ref().filter(is_same).is_none() {
            self.bar = Some((progress.step, Progress::start(progress.total)));
        }
        if let Some((_, bar)) = &self.bar {
            bar.set(progress.bytes);
        }
    }

    fn print_json(&mut self, event: &impl Serialize) {
        match serde_json::to_string(event) {
            Ok(line) => self.print(&(line + "\n")),
            Err(error) => self.keep(error.into()),
        }
    }

    fn print(&mut self, text: &str) {
        if let Err(error) = cli_main::print(text) {
            self.keep(error);
        }
    }

    fn keep(&mut self, error: anyhow::Error) {
        self.failure.get_or_insert(error);
    }
}
