//! Tests of the writer, with an endpoint without a device.

use super::*;
use crate::fake::FakePipe;

const MIB: usize = 1 << 20;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn image(size: usize) -> Vec<u8> {
    (0..size).map(|number| (number % 251) as u8).collect()
}

/// Writes an image in pieces of 1 MiB, as the client does.
fn write(writer: &mut Writer<FakePipe>, image: &[u8]) -> Result<(), TransportError> {
    for part in image.chunks(MIB) {
        writer.write(part, soon())?;
    }
    writer.flush(soon())
}

#[test]
fn keeps_several_transfers_in_flight() {
    let image = image(5 * MIB + 77_777);
    let mut writer = Writer::new(FakePipe::new());
    write(&mut writer, &image).unwrap();
    assert!(writer.pipe.sent == image);
    assert_eq!(writer.pipe.most_pending, QUEUED);
    assert_eq!(writer.pipe.sizes, [MIB, MIB, MIB, MIB, MIB, 77_777]);
}

#[test]
fn all_transfers_but_the_last_are_multiples_of_every_packet_size() {
    for shared in [MIB, MIB - 1, 40_000, 4096, 0] {
        for memory in [MIB, 300_000, 4096] {
            let image = image(2 * MIB + 1001);
            let mut writer = Writer::new(FakePipe {
                shared,
                // Memory that is shared already is not short.
                memory: memory.max(if shared < SMALLEST { 0 } else { MIB }),
                ..FakePipe::new()
            });
            write(&mut writer, &image).unwrap();
            assert!(writer.pipe.sent == image, "{shared} {memory}");
            let (last, others) = writer.pipe.sizes.split_last().unwrap();
            assert!(others.iter().all(|size| size % 1024 == 0), "{others:?}");
            assert_eq!(last % 1024, 1001);
        }
    }
}

#[test]
fn sends_no_empty_packet() {
    let mut writer = Writer::new(FakePipe::new());
    writer.write(&[], soon()).unwrap();
    for size in [64, 512, 1024, 4096, MIB] {
        writer.write(&image(size), soon()).unwrap();
    }
    writer.flush(soon()).unwrap();
    assert_eq!(writer.pipe.sizes, [64, 512, 1024, 4096, MIB]);
}

#[test]
fn halves_transfers_for_which_the_kernel_lacks_memory() {
    let image = image(MIB);
    let mut writer = Writer::new(FakePipe {
        shared: 0,
        memory: 300_000,
        ..FakePipe::new()
    });
    write(&mut writer, &image).unwrap();
    assert!(writer.pipe.sent == image);
    let quarter = MIB / 4;
    let expected = [MIB, MIB / 2, quarter, quarter, quarter, quarter];
    assert_eq!(writer.pipe.sizes, expected);
}

#[test]
fn fails_if_the_kernel_lacks_memory_for_the_smallest_transfer() {
    let mut writer = Writer::new(FakePipe {
        shared: 0,
        memory: 100,
        ..FakePipe::new()
    });
    let error = write(&mut writer, &image(MIB)).unwrap_err();
    assert!(matches!(error, TransportError::Io(_)), "{error}");
    assert_eq!(writer.pipe.sizes.last(), Some(&SMALLEST));
}

#[test]
fn sends_nothing_that_follows_a_gap() {
    for number in 0..4 {
        let mut writer = Writer::new(FakePipe {
            failure: Some((number, TransferError::Fault)),
            ..FakePipe::new()
        });
        let error = write(&mut writer, &image(5 * MIB)).unwrap_err();
        assert!(error.to_string().contains("USB 2 port"), "{error}");
        assert_eq!(writer.pipe.sent.len(), number * MIB);
        assert_eq!(writer.pipe.pending(), 0);
    }
}

#[test]
fn a_device_that_accepts_nothing_more_is_a_timeout() {
    for limit in 0..4 {
        let mut writer = Writer::new(FakePipe {
            limit,
            ..FakePipe::new()
        });
        let error = write(&mut writer, &image(5 * MIB)).unwrap_err();
        assert!(matches!(error, TransportError::Timeout), "{error}");
        assert_eq!(writer.pipe.pending(), 0);
    }
}

#[test]
fn can_write_again_after_it_was_cancelled() {
    let mut writer = Writer::new(FakePipe {
        limit: 2,
        ..FakePipe::new()
    });
    write(&mut writer, &image(5 * MIB)).unwrap_err();
    writer.cancel();
    writer.pipe.limit = usize::MAX;
    writer.pipe.sent.clear();
    write(&mut writer, &image(4 * MIB)).unwrap();
    assert!(writer.pipe.sent == image(4 * MIB));
    assert_eq!(writer.free.len(), QUEUED);
}
