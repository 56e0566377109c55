//! How requests are answered.

use std::sync::Arc;

use smoo_wire::{ExportId, Operation, Request, encode_exports};
use usb_root_host::{End, Event, RootImage};

use crate::model::{Pattern, byte, image};
use crate::{SIZE, connected, goes_on, read, run};

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
