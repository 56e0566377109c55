//! The boot loader without I/O.

use std::collections::VecDeque;

use crate::{Answer, Behaviour, UnknownVariable};

/// A boot loader: its state, and what it received.
#[derive(Debug, Default)]
pub struct Device {
    /// How it behaves.
    pub behaviour: Behaviour,
    /// Its variables.
    pub variables: Vec<(String, String)>,
    /// All commands that it received, in order.
    pub commands: Vec<String>,
    /// The sizes of the transfers of the last download, in bytes.
    pub transfers: Vec<usize>,
    /// The content of the last download.
    pub downloaded: Vec<u8>,
    /// Whether it accepted to boot.
    pub is_booted: bool,
    /// Whether it disconnected.
    pub is_gone: bool,
    /// Whether it ignores everything from now on.
    pub is_stuck: bool,
    /// The bytes of the download that it still expects.
    expected: usize,
    replies: VecDeque<Vec<u8>>,
}

impl Device {
    /// A device with the variables of a typical boot loader.
    pub fn new(behaviour: Behaviour) -> Self {
        let variables = [
            ("product", "sdm845"),
            ("unlocked", "yes"),
            ("max-download-size", "0x10000000"),
            ("partition-type:op2", "raw"),
        ];
        Device {
            behaviour,
            variables: variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..Device::default()
        }
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Removes a variable.
    pub fn remove(&mut self, name: &str) {
        self.variables.retain(|(other, _)| other != name);
    }

    /// Takes a transfer of the host.
    pub fn receive(&mut self, transfer: &[u8]) {
        if self.is_stuck || self.is_gone {
            return;
        }
        if self.expected > 0 {
            self.receive_data(transfer);
        } else {
            self.receive_command(transfer);
        }
    }

    /// Returns the next reply that waits for the host.
    pub fn next_reply(&mut self) -> Option<Vec<u8>> {
        self.replies.pop_front()
    }

    /// Whether the device expects data, not a command.
    pub fn is_downloading(&self) -> bool {
        self.expected > 0
    }

    /// How many bytes of data the device still expects.
    pub fn missing(&self) -> usize {
        self.expected
    }

    /// Ends a download.
    pub fn cancel(&mut self) {
        self.expected = 0;
    }

    fn receive_data(&mut self, transfer: &[u8]) {
        self.transfers.push(transfer.len());
        let part = transfer.get(..self.expected).unwrap_or(transfer);
        self.downloaded.extend(part);
        self.expected -= part.len();
        let limit = self.behaviour.short_transfer_ends_download;
        let is_short = limit.is_some_and(|size| transfer.len() % size != 0);
        if self.expected == 0 {
            self.answer("data", b"OKAY");
        } else if is_short {
            self.is_stuck = true;
        }
    }

    fn receive_command(&mut self, command: &[u8]) {
        let text = String::from_utf8_lossy(command).into_owned();
        self.commands.push(text.clone());
        if self.behaviour.is_fragile && (command.is_empty() || command.len() > 64) {
            self.is_stuck = true;
        } else if let Some(name) = text.strip_prefix("getvar:") {
            self.get(name, &text);
        } else if let Some(size) = text.strip_prefix("download:") {
            self.start_download(size, &text);
        } else if text == "boot" {
            self.is_booted = true;
            self.answer(&text, b"OKAY");
        } else {
            self.answer(&text, b"FAILunknown command");
        }
    }

    fn get(&mut self, name: &str, command: &str) {
        if self.behaviour.compares_beginnings && "all".starts_with(name) {
            let lines = (0..10_000).map(|number| format!("INFOvariable-{number}: x").into_bytes());
            self.replies.extend(lines);
        }
        let found = self.variables.iter().find(|(other, _)| other == name);
        match (found, self.behaviour.unknown_variable) {
            (Some((_, value)), _) => {
                let reply = format!("OKAY{value}");
                self.answer(command, reply.as_bytes());
            }
            (None, UnknownVariable::Fail) => self.answer(command, b"FAILVariable not found"),
            (None, UnknownVariable::EmptyOkay) => self.answer(command, b"OKAY"),
            (None, UnknownVariable::Silence) => {}
        }
    }

    fn start_download(&mut self, size: &str, command: &str) {
        let bytes = usize::from_str_radix(size, 16).unwrap_or(0);
        let limit = self.behaviour.buffer_size.unwrap_or(usize::MAX);
        if bytes > limit {
            return self.answer(command, format!("FAIL{bytes:08x}").as_bytes());
        }
        self.downloaded.clear();
        self.transfers.clear();
        self.expected = bytes;
        self.answer(command, format!("DATA{bytes:08x}").as_bytes());
    }

    /// Queues the answer to a command, or what replaces it.
    fn answer(&mut self, command: &str, usual: &[u8]) {
        let answers = &self.behaviour.answers;
        let replaced = answers.iter().find(|(start, _)| command.starts_with(start));
        match replaced.map(|(_, answer)| answer.clone()) {
            Some(Answer::Silence) => {}
            Some(Answer::Vanish) => self.is_gone = true,
            Some(Answer::Replies(replies)) => self.replies.extend(replies),
            None => {
                let padding = self.behaviour.padding;
                let before = self.behaviour.before.clone();
                self.replies.extend(before);
                self.replies.push_back(padding.pad(usual.to_vec()));
            }
        }
        // A device that fails to start a download or to boot does neither.
        let is_fail = |reply: &Vec<u8>| reply.starts_with(b"FAIL");
        if self.replies.back().is_some_and(is_fail) {
            self.expected = 0;
            self.is_booted = false;
        }
    }
}
