//! The thread of the control endpoint: the kernel's events, and the host's control requests.

use std::fs::File;
use std::io::{self, Read, Write};

use nix::errno::Errno;
use smoo_wire::{MAX_EXPORTS, MAX_EXPORTS_LENGTH, control};
use usb_root_device::Configured;

use super::process::Log;
use super::shared::Shared;
use crate::console::Level;

/// The size of `struct usb_functionfs_event` of `include/uapi/linux/usb/functionfs.h`, in bytes.
const EVENT: usize = 12;
/// Its field `type`.
const TYPE: usize = 8;
/// Events: `enum usb_functionfs_event_type`.
const UNBIND: u8 = 1;
const ENABLE: u8 = 2;
const DISABLE: u8 = 3;
const SETUP: u8 = 4;
/// Of `bmRequestType`: the data go to the host.
const TO_HOST: u8 = 0x80;

/// A control request: USB 2.0, section 9.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Setup {
    kind: u8,
    request: u8,
    length: u16,
}

/// Handles events until the control endpoint fails, and returns why.
pub fn run(mut endpoint: File, shared: &Shared, log: &Log) -> io::Error {
    let mut event = [0; EVENT];
    loop {
        let handled = endpoint.read(&mut event).and_then(|length| match length {
            EVENT => handle(&mut endpoint, &event, shared, log),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        });
        if let Err(error) = handled {
            if !is_harmless(&error) {
                return error;
            }
        }
    }
}

/// Whether the error is about one control request: interrupted, refused, replaced by another one, or ended by a disconnect.
fn is_harmless(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error().map(Errno::from_raw),
        Some(
            Errno::EINTR
                | Errno::EL2HLT
                | Errno::EIDRM
                | Errno::ESHUTDOWN
                | Errno::ECONNRESET
                | Errno::EPROTO
        )
    )
}

fn handle(endpoint: &mut File, event: &[u8; EVENT], shared: &Shared, log: &Log) -> io::Result<()> {
    let [kind, request, _, _, _, _, low, high, ..] = *event;
    match event[TYPE] {
        ENABLE | DISABLE | UNBIND => {
            shared.change(|state| state.device.start_session());
            Ok(())
        }
        SETUP => {
            let length = u16::from_le_bytes([low, high]);
            respond(
                endpoint,
                Setup {
                    kind,
                    request,
                    length,
                },
                shared,
                log,
            )
        }
        _ => Ok(()),
    }
}

fn respond(endpoint: &mut File, setup: Setup, shared: &Shared, log: &Log) -> io::Result<()> {
    match (setup.kind, setup.request) {
        control::IDENT => {
            let ident = shared.change(|state| state.device.ident());
            endpoint.write_all(&ident.encode())
        }
        control::STATUS => {
            let status = shared.change(|state| state.device.status());
            endpoint.write_all(&status.encode())
        }
        control::CONFIG_EXPORTS if is_length_of_exports(setup.length.into()) => {
            configure(endpoint, setup.length, shared, log)
        }
        _ => stall(endpoint, setup.kind),
    }
}

/// The only reason for which the host can be told at once that its exports are refused: FunctionFS acknowledges data when it delivers them.
fn is_length_of_exports(length: usize) -> bool {
    const ENTRY: usize = 24;
    const HEADER: usize = MAX_EXPORTS_LENGTH - MAX_EXPORTS * ENTRY;
    length <= MAX_EXPORTS_LENGTH
        && length
            .checked_sub(HEADER)
            .is_some_and(|entries| entries % ENTRY == 0)
}

/// The host sends no response before it knows that its exports have arrived, so the reader leaves the earlier session before that.
fn configure(endpoint: &mut File, length: u16, shared: &Shared, log: &Log) -> io::Result<()> {
    shared.start_session_without_reader();
    let mut message = [0; MAX_EXPORTS_LENGTH];
    let length = endpoint.read(&mut message[..usize::from(length)])?;
    match shared.change(|state| state.device.configure(&message[..length])) {
        Ok(Configured::First(export)) => {
            let text = format!(
                "the host serves image {} of {} bytes",
                export.id(),
                export.size()
            );
            log.write(Level::Info, &text);
        }
        Ok(Configured::Same) => log.write(Level::Info, "the host serves the image"),
        Ok(Configured::Nothing) => {
            log.write(
                Level::Warning,
                "the host stopped serving; reads wait for it to return",
            );
        }
        Err(refusal) => {
            let text =
                format!("refused the host's image: {refusal}; reads wait for the right image");
            log.write(Level::Error, &text);
        }
    }
    Ok(())
}

/// Refuses a request: FunctionFS stalls the endpoint on a transfer in the wrong direction.
fn stall(endpoint: &mut File, kind: u8) -> io::Result<()> {
    match kind & TO_HOST {
        0 => endpoint.write(&[]).map(drop),
        _ => endpoint.read(&mut []).map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_lengths_of_lists() {
        for length in [8, 32, 776] {
            assert!(is_length_of_exports(length));
        }
        for length in [0, 7, 9, 31, 33, 777, 800, 65535] {
            assert!(!is_length_of_exports(length));
        }
    }
}
