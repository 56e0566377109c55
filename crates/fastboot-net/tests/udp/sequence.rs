//! Sequence numbers, and answers that are lost, late, or were not asked for.

use fastboot::{Error, TransportError};
use fastboot_device::{Behaviour, UdpFaults};

use crate::common::{LIMITS, image};
use crate::{check_whole_boot, client, serve};

#[test]
fn repeats_lost_packets_and_runs_no_command_twice() {
    let faults = UdpFaults {
        first_sequence: 5,
        lost_packets: 3,
        lost_answers: (0..40).map(|number| (number * 3, 2)).collect(),
        ..UdpFaults::default()
    };
    check_whole_boot(&serve(Behaviour::default(), faults));
}

#[test]
fn sequence_numbers_wrap_around() {
    for first_sequence in 0xfff0..=0xffff {
        let faults = UdpFaults {
            first_sequence,
            ..UdpFaults::default()
        };
        check_whole_boot(&serve(Behaviour::default(), faults));
    }
}

#[test]
fn goes_on_when_the_answer_to_sequence_0xffff_is_never_repeated() {
    // The number falls on an Init, and on many packets of data.
    for first_sequence in [0xffff, 0xfffe, 0xfff0, 0xffd8, 0xffc8, 0xffb0] {
        let faults = UdpFaults {
            first_sequence,
            lost_answers: vec![(0xffff, usize::MAX)],
            forgets_wrap: true,
            ..UdpFaults::default()
        };
        check_whole_boot(&serve(Behaviour::default(), faults));
    }
}

/// The reply after the last byte is the only one that can get this number.
#[test]
fn a_download_whose_reply_is_lost_can_start_over() {
    // Init, two packets for the query of the size, two for the command, and 45 of data: its reply gets 0xffff.
    let faults = UdpFaults {
        first_sequence: 0xffff - 50,
        lost_answers: vec![(0xffff, usize::MAX)],
        forgets_wrap: true,
        packet_size: 512,
        ..UdpFaults::default()
    };
    let front = serve(Behaviour::default(), faults);
    let mut client = client(&front, LIMITS);
    let image = image((50 - 5) * 508);
    let error = client
        .download(&mut &image[..], image.len() as u64)
        .unwrap_err();
    let is_lost = matches!(
        error,
        Error::Transport {
            cause: TransportError::AnswerLost,
            ..
        }
    );
    assert!(is_lost, "{error}");
    client
        .download(&mut &image[..], image.len() as u64)
        .unwrap();
    assert!(front.with_device(|device| device.downloaded == image));
}

/// Neither the reply to a command nor DATA gets this number.
#[test]
fn no_reply_to_a_command_is_lost_for_ever() {
    let behaviour = || Behaviour {
        before: vec![b"INFOone".to_vec()],
        ..Behaviour::default()
    };
    for first_sequence in 0xfff2..=0xffff {
        let faults = UdpFaults {
            first_sequence,
            lost_answers: vec![(0xffff, usize::MAX)],
            forgets_wrap: true,
            ..UdpFaults::default()
        };
        check_whole_boot(&serve(behaviour(), faults));
    }
}

#[test]
fn ignores_answers_that_were_not_asked_for() {
    let faults = UdpFaults {
        is_noisy: true,
        ..UdpFaults::default()
    };
    check_whole_boot(&serve(Behaviour::default(), faults));
}

#[test]
fn accepts_replies_that_are_pushed_early() {
    let behaviour = Behaviour {
        before: vec![b"INFOone".to_vec(), b"INFOtwo".to_vec()],
        ..Behaviour::default()
    };
    let faults = UdpFaults {
        pushes_replies: true,
        ..UdpFaults::default()
    };
    check_whole_boot(&serve(behaviour, faults));
}
