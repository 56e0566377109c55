//! Devices that do anything, out of a sequence of numbers.

use std::sync::OnceLock;

use smoo_wire::{Operation, Request};
use usb_root_host::{Event, LinkError, MAX_READ, RootImage};

use crate::model::{Outcome, Presence, Script, byte, image, serve, status};

/// The size of the image in blocks; its last one is not full.
const BLOCKS: u64 = 999;
const SIZE: u64 = BLOCKS * 512 - 100;

/// Serves to a device that does what `next` returns, and checks everything that it got.
pub fn run(mut next: impl FnMut() -> u32) {
    static IMAGE: OnceLock<RootImage> = OnceLock::new();
    let image = IMAGE.get_or_init(|| image(SIZE));
    let export = image.export().id();
    let count = next() % 4;
    let presences: Vec<_> = (0..count)
        .map(|_| match next() % 8 {
            0 => Presence::Absent,
            1 => Presence::Unusable,
            _ => Presence::Connected(script(&mut next, export)),
        })
        .collect();
    let outcome = serve(image, presences.clone(), |_| false);
    check(&outcome, &presences);
}

fn script(next: &mut impl FnMut() -> u32, export: smoo_wire::ExportId) -> Script {
    let mut script = Script::default();
    let broken = |kind: u32| match kind % 4 {
        0 => LinkError::Disconnected,
        1 => LinkError::Timeout("request"),
        2 => LinkError::Stalled("request"),
        _ => LinkError::Other("request", "\x1b[2J".to_owned()),
    };
    match next() % 16 {
        0 => script.ident = Err(broken(next())),
        1 => script.ident = Ok(bytes(next, 8)),
        2 => script.config = Err(broken(next())),
        3 => script.status = vec![Err(broken(next()))],
        4 => script.status = vec![Ok(bytes(next, 16))],
        5 => script.status = vec![Ok(status(1)), Ok(status(2))],
        6 => script.accepts = (next() % 8) as usize,
        _ => {}
    }
    for _ in 0..next() % 40 {
        script.messages.push(match next() % 32 {
            0 => Err(broken(next())),
            1 => Ok(bytes(next, 28)),
            _ => Ok(request(next, export).encode().to_vec()),
        });
    }
    script
}

fn bytes(next: &mut impl FnMut() -> u32, most: u32) -> Vec<u8> {
    let length = if next() % 4 == 0 { next() % 100 } else { most };
    (0..length).map(|_| (next() % 3) as u8).collect()
}

fn request(next: &mut impl FnMut() -> u32, export: smoo_wire::ExportId) -> Request {
    let mut request = Request {
        operation: Operation::Read,
        id: next() % 16,
        export,
        block: u64::from(next()) % BLOCKS,
        blocks: next() % 16,
    };
    match next() % 16 {
        0 => request.operation = Operation::Write,
        1 => request.operation = Operation::Flush,
        2 => request.operation = Operation::Discard,
        3 => request.block = u64::MAX - u64::from(next() % 3),
        4 => request.blocks = next(),
        5 => request.export.0 = request.export.0.saturating_add(1),
        _ => {}
    }
    request
}

/// Each response repeats a request of its session, and data follows exactly those that succeeded.
fn check(outcome: &Outcome, presences: &[Presence]) {
    let scripts = presences.iter().filter_map(|presence| match presence {
        Presence::Connected(script) => Some(script),
        _ => None,
    });
    let mut reads = 0;
    for (script, record) in scripts.zip(&outcome.records) {
        let messages = script.messages.iter().flatten();
        let mut requests: Vec<_> = messages
            .filter_map(|bytes| Request::parse(bytes).ok())
            .collect();
        for (response, payload) in &record.responses {
            let found = requests
                .iter()
                .position(|request| *request == response.request);
            requests.swap_remove(found.expect("a request was answered twice, or never sent"));
            reads += u64::from(payload.is_some());
            check_answer(response, payload.as_deref());
        }
        let is_whole = script.messages.iter().all(|message| {
            message
                .as_ref()
                .is_ok_and(|bytes| Request::parse(bytes).is_ok())
        });
        let has_begun = !record.exports.is_empty()
            && script.status[0].as_ref().is_ok_and(|bytes| {
                smoo_wire::Status::parse(bytes).is_ok_and(|status| status.is_active)
            });
        if is_whole && has_begun && script.status.len() == 1 && script.accepts == usize::MAX {
            assert!(requests.is_empty(), "{requests:?} were not answered");
        }
    }
    assert_eq!(outcome.totals.reads, reads);
    let is_session = |event: &&Event| matches!(event, Event::Session { .. });
    let sessions = outcome.events.iter().filter(is_session).count();
    assert_eq!(outcome.totals.sessions, sessions as u64);
}

fn check_answer(response: &smoo_wire::Response, payload: Option<&[u8]>) {
    let request = response.request;
    let Some(payload) = payload else {
        let is_flush = request.operation == Operation::Flush;
        assert!(response.status != 0 || is_flush, "{response:?}");
        return;
    };
    assert_eq!((response.status, request.operation), (0, Operation::Read));
    let length = u64::from(request.blocks) * 512;
    assert!((1..=MAX_READ).contains(&length));
    assert_eq!(payload.len() as u64, length);
    let start = request.block * 512;
    for (found, position) in payload.iter().zip(start..) {
        let expected = if position < SIZE { byte(position) } else { 0 };
        assert_eq!(*found, expected, "byte {position}");
    }
}
