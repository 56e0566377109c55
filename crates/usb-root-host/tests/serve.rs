//! The server against devices in memory.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "model/mod.rs"]
mod model;
#[path = "model/random.rs"]
mod random;

use std::sync::Arc;
use std::time::Duration;

use model::{Outcome, Pattern, Presence, Script, byte, image, serve, status};
use smoo_wire::{ExportId, Ident, Operation, Request, encode_exports};
use usb_root_host::{End, Event, LinkError, RootImage};

const SIZE: u64 = 4 << 20;

fn read(export: ExportId, id: u32, block: u64, blocks: u32) -> Request {
    Request {
        operation: Operation::Read,
        id,
        export,
        block,
        blocks,
    }
}

fn connected(messages: impl IntoIterator<Item = Request>) -> Script {
    let messages = messages
        .into_iter()
        .map(|request| Ok(request.encode().to_vec()));
    Script {
        messages: messages.collect(),
        ..Script::default()
    }
}

fn run(image: &RootImage, scripts: impl IntoIterator<Item = Script>) -> Outcome {
    let presences = scripts.into_iter().map(Presence::Connected);
    serve(image, presences.collect(), |_| false)
}

/// A device that works, to see that the server goes on.
fn working(image: &RootImage) -> Script {
    connected([read(image.export().id(), 1, 8, 8)])
}

/// Whether the last session served a read.
fn goes_on(outcome: &Outcome) -> bool {
    let last = outcome.records.last();
    last.is_some_and(|record| {
        record
            .responses
            .iter()
            .any(|(_, payload)| payload.is_some())
    })
}

fn faults(outcome: &Outcome) -> Vec<&str> {
    let reasons = outcome.events.iter().filter_map(|event| match event {
        Event::Fault { reason } => Some(reason.as_str()),
        _ => None,
    });
    reasons.collect()
}

#[test]
fn serves_a_whole_image() {
    let image = image(SIZE);
    let export = image.export().id();
    let requests: Vec<_> = (0..64)
        .map(|index| read(export, index % 16, u64::from(index) * 128, 128))
        .collect();
    let outcome = run(&image, [connected(requests.clone())]);
    assert_eq!(outcome.result.unwrap(), End::Gone);
    let record = &outcome.records[0];
    assert_eq!(record.exports, [encode_exports(&[*image.export()])]);
    assert_eq!(record.responses.len(), 64);
    let mut data = vec![0; SIZE as usize];
    for (response, payload) in &record.responses {
        let start = response.request.block as usize * 512;
        data[start..start + 65536].copy_from_slice(payload.as_ref().unwrap());
        assert_eq!(response.status, 0);
    }
    assert!(
        data.iter()
            .zip(0..)
            .all(|(found, position)| *found == byte(position))
    );
    let totals = outcome.totals;
    assert_eq!((totals.reads, totals.bytes), (64, SIZE));
    assert_eq!(
        (totals.failures, totals.sessions, totals.reconnects()),
        (0, 1, 0)
    );
    assert_eq!(outcome.events[1..], [Event::Disconnected]);
}

#[test]
fn answers_requests_that_it_cannot_serve_with_an_error() {
    let image = image(SIZE);
    let export = image.export().id();
    let good = read(export, 0, 0, 1);
    let other = ExportId(export.0.saturating_add(1));
    let change = |operation| Request { operation, ..good };
    for (request, status, words) in [
        (change(Operation::Write), 30, "the image is read-only"),
        (change(Operation::Discard), 30, "the image is read-only"),
        (read(other, 0, 0, 1), 22, "another export"),
        (read(export, 0, 8192, 1), 22, "beyond the end"),
        (read(export, 0, 8191, 2), 22, "beyond the end"),
        (read(export, 0, u64::MAX, u32::MAX), 22, "beyond the end"),
        (read(export, 0, 0, 0), 22, "no blocks"),
        (read(export, 0, 0, 2049), 22, "more than 1 MiB"),
    ] {
        let outcome = run(&image, [connected([request, good])]);
        let responses = &outcome.records[0].responses;
        let found = responses
            .iter()
            .find(|(response, _)| response.request == request);
        let (response, payload) = found.unwrap();
        assert_eq!((response.status, payload), (status, &None), "{request:?}");
        assert_eq!(responses.len(), 2);
        let text = format!("{:?}", outcome.events);
        let rejected = outcome.events.iter().find_map(|event| match event {
            Event::Rejected(rejection) => Some(rejection.to_string()),
            _ => None,
        });
        assert!(
            rejected.is_some_and(|rejected| rejected.contains(words)),
            "{text}"
        );
        assert_eq!((outcome.totals.reads, outcome.totals.failures), (1, 1));
    }
    let flush = run(&image, [connected([change(Operation::Flush)])]);
    assert_eq!(flush.records[0].responses[0].0.status, 0);
    assert!(goes_on(&run(
        &image,
        [connected([read(export, 0, 0, 2048)])]
    )));
}

#[test]
fn reports_only_the_first_of_many_requests_with_an_error() {
    let image = image(SIZE);
    let wrong = read(image.export().id(), 0, 9999, 1);
    let outcome = run(&image, [connected([wrong; 100])]);
    let is_rejected = |event: &&Event| matches!(event, Event::Rejected(_));
    assert_eq!(outcome.events.iter().filter(is_rejected).count(), 16);
    assert_eq!(outcome.totals.failures, 100);
}

#[test]
fn an_image_that_cannot_be_read_is_an_error_for_the_device_and_a_warning() {
    let broken = Some(2 << 20);
    let broken = Pattern { size: SIZE, broken };
    // The last MiB is read for the number of the export, and the first.
    let image = RootImage::new("root.img", Arc::new(broken));
    let error = image.err().unwrap().to_string();
    assert_eq!(error, "root.img: cannot read at byte 2097152: damaged");
    // Between two samples.
    let position = (2 << 20) + 8192;
    let broken = Some(position);
    let broken = Pattern { size: SIZE, broken };
    let image = RootImage::new("root.img", Arc::new(broken)).unwrap();
    let export = image.export().id();
    let outcome = run(
        &image,
        [connected([
            read(export, 7, position / 512, 8),
            read(export, 8, 0, 8),
        ])],
    );
    let responses = &outcome.records[0].responses;
    let failed = responses
        .iter()
        .find(|(response, _)| response.request.id == 7)
        .unwrap();
    assert_eq!((failed.0.status, &failed.1), (5, &None));
    let event = Event::ReadFailed {
        image: "root.img".to_owned(),
        position,
        length: 4096,
        cause: "damaged".to_owned(),
    };
    assert!(outcome.events.contains(&event), "{:?}", outcome.events);
    assert_eq!((outcome.totals.reads, outcome.totals.failures), (1, 1));
}

#[test]
fn starts_over_after_garbage() {
    let image = image(SIZE);
    let good = read(image.export().id(), 0, 0, 1).encode().to_vec();
    let mut reserved = good.clone();
    reserved[2] = 1;
    for garbage in [vec![], vec![0; 27], vec![0; 28], vec![0xff; 64], reserved] {
        let script = Script {
            messages: vec![Ok(good.clone()), Ok(garbage.clone()), Ok(good.clone())],
            ..Script::default()
        };
        let outcome = run(&image, [script, working(&image)]);
        let faults = faults(&outcome);
        assert!(
            faults[0].starts_with("invalid message of the device: request: "),
            "{faults:?}"
        );
        assert_eq!(faults.len(), 1);
        assert!(goes_on(&outcome), "{garbage:?}");
    }
}

#[test]
fn goes_on_after_a_fault_at_every_point() {
    let image = image(SIZE);
    let good = read(image.export().id(), 0, 0, 1).encode().to_vec();
    for error in [
        LinkError::Disconnected,
        LinkError::Timeout("control request"),
        LinkError::Other("data", "no memory".to_owned()),
    ] {
        let base = Script::default;
        let mut scripts = vec![
            Script {
                ident: Err(error.clone()),
                ..base()
            },
            Script {
                config: Err(error.clone()),
                ..base()
            },
            Script {
                status: vec![Err(error.clone())],
                ..base()
            },
        ];
        for count in 0..6 {
            let mut messages = vec![Ok(good.clone()); count];
            messages.push(Err(error.clone()));
            scripts.push(Script { messages, ..base() });
            let messages = vec![Ok(good.clone()); count + 1];
            scripts.push(Script {
                messages,
                accepts: count,
                ..base()
            });
        }
        for script in scripts {
            let outcome = run(&image, [script.clone(), working(&image)]);
            assert!(goes_on(&outcome), "{script:?}");
            assert_eq!(outcome.result.unwrap(), End::Gone);
        }
    }
}

#[test]
fn waits_longer_after_each_fault_and_reports_the_same_one_once() {
    let image = image(SIZE);
    let silent = Script {
        ident: Err(LinkError::Timeout("control request")),
        ..Script::default()
    };
    let outcome = run(&image, vec![silent; 20]);
    assert_eq!(
        faults(&outcome),
        ["control request: the device does not answer"]
    );
    // The pauses, and a minute in which it is gone.
    let pauses = outcome.time - Duration::from_secs(60);
    assert!(
        pauses > Duration::from_secs(25) && pauses <= Duration::from_secs(40),
        "{pauses:?}"
    );
}

#[test]
fn starts_over_if_the_device_started_another_session() {
    let image = image(SIZE);
    let script = Script {
        status: vec![Ok(status(1)), Ok(status(2))],
        stays: true,
        ..Script::default()
    };
    let outcome = run(&image, [script, working(&image)]);
    assert_eq!(faults(&outcome), ["the device started another session"]);
    assert!(goes_on(&outcome));
    let ids = outcome.events.iter().filter_map(|event| match event {
        Event::Session { is_reconnect, .. } => Some(*is_reconnect),
        _ => None,
    });
    assert_eq!(ids.collect::<Vec<_>>(), [false, true]);
    assert_eq!(outcome.totals.reconnects(), 1);
}

#[test]
fn ends_if_the_device_refuses_the_image_again_and_again() {
    let image = image(SIZE);
    let refusing = Script {
        config: Err(LinkError::Stalled("control request")),
        ..Script::default()
    };
    let outcome = run(&image, vec![refusing.clone(); 9]);
    let error = outcome.result.unwrap_err().to_string();
    assert!(
        error.starts_with("usb:1a2b: the device refuses this image: "),
        "{error}"
    );
    assert_eq!(outcome.records.len(), 5);
    let outcome = run(&image, [refusing.clone(), refusing, working(&image)]);
    assert!(goes_on(&outcome));
}

#[test]
fn ends_if_the_device_speaks_another_version() {
    let ident = Ident { major: 1, minor: 0 };
    let script = Script {
        ident: Ok(ident.encode().to_vec()),
        ..Script::default()
    };
    let error = run(&image(SIZE), [script]).result.unwrap_err().to_string();
    assert!(
        error.starts_with("usb:1a2b: version 1.0 of the protocol, expected 0.x; "),
        "{error}"
    );
}

#[test]
fn leaves_politely_when_it_is_stopped() {
    let image = image(SIZE);
    let script = Script {
        stays: true,
        ..working(&image)
    };
    let is_session = |event: &Event| matches!(event, Event::Session { .. });
    let outcome = serve(&image, vec![Presence::Connected(script)], is_session);
    assert_eq!(outcome.result.unwrap(), End::Stopped);
    assert_eq!(outcome.records[0].exports[1], encode_exports(&[]));
}

#[test]
fn waits_for_a_device_that_was_served_whatever_happens_to_it() {
    let image = image(SIZE);
    let working = || Presence::Connected(working(&image));
    let unusable = vec![Presence::Unusable; 100];
    let presences = [
        vec![working()],
        unusable.clone(),
        vec![Presence::Absent, working()],
    ]
    .concat();
    let outcome = serve(&image, presences, |_| false);
    assert_eq!(outcome.totals.sessions, 2);
    let reason = "in use".to_owned();
    let expected = [
        Event::Disconnected,
        Event::Unusable { reason },
        Event::Waiting,
    ];
    assert_eq!(outcome.events[1..4], expected);
    // One that was never served fails after some seconds.
    let error = serve(&image, unusable, |_| false).result.unwrap_err();
    assert_eq!(error.to_string(), "usb:1a2b: in use");
}

#[test]
fn ends_when_the_device_is_in_its_boot_loader_or_gone_for_good() {
    let image = image(SIZE);
    let presences = vec![
        Presence::Connected(working(&image)),
        Presence::Absent,
        Presence::Loader,
    ];
    let outcome = serve(&image, presences, |_| false);
    assert_eq!(outcome.result.unwrap(), End::Loader);
    let outcome = serve(&image, vec![Presence::Absent; 3], |_| false);
    assert_eq!(outcome.result.unwrap(), End::Gone);
    assert!(outcome.time >= Duration::from_secs(60));
}

/// A generator of pseudorandom numbers: xorshift.
fn generator(seed: u32) -> impl FnMut() -> u32 {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    }
}

#[test]
fn answers_any_device_correctly() {
    for seed in 0..300 {
        random::run(generator(seed));
    }
}
