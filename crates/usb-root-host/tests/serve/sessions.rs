//! How sessions begin, fail and end.

use std::time::Duration;

use smoo_wire::{Ident, encode_exports};
use usb_root_host::{End, Event, LinkError};

use crate::model::{Outcome, Presence, Script, image, serve, status};
use crate::{SIZE, goes_on, read, run, working};

fn faults(outcome: &Outcome) -> Vec<&str> {
    let reasons = outcome.events.iter().filter_map(|event| match event {
        Event::Fault { reason } => Some(reason.as_str()),
        _ => None,
    });
    reasons.collect()
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
    let stalling = Script {
        config: Err(LinkError::Stalled("control request")),
        ..Script::default()
    };
    // Also a device that cannot stall any more.
    let inactive = Script {
        status: vec![Ok(inactive())],
        ..Script::default()
    };
    for refusing in [stalling, inactive] {
        let outcome = run(&image, vec![refusing.clone(); 9]);
        let error = outcome.result.unwrap_err().to_string();
        let expected = "usb:1a2b: the device refuses this image: ";
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(outcome.records.len(), 3);
        assert_eq!(outcome.totals.sessions, 0);
        let outcome = run(&image, [refusing.clone(), refusing, working(&image)]);
        assert!(goes_on(&outcome));
    }
}

#[test]
fn waits_until_the_device_uses_the_image() {
    let image = image(SIZE);
    let script = Script {
        status: vec![Ok(inactive()), Ok(inactive()), Ok(status(1))],
        ..working(&image)
    };
    let outcome = run(&image, [script]);
    assert!(goes_on(&outcome) && outcome.records.len() == 1);
}

/// The answer to STATUS of a device that uses no export.
fn inactive() -> Vec<u8> {
    let mut bytes = status(1);
    bytes[2] = 0;
    bytes
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
