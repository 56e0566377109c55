//! Boot loaders that deviate from the protocol, as the user sees them.

use fastboot_device::{Answer, Behaviour, Padding, UnknownVariable};

use crate::work::{Work, event, serve};

const FAJITA: [&str; 3] = ["IMAGE", "--profile", "oneplus-fajita"];

fn boot(work: &Work, behaviour: Behaviour) {
    let (front, address) = serve(behaviour);
    work.ok(&[&FAJITA[..], &[&address]].concat());
    front.with_device(|device| assert!(device.is_booted));
}

#[test]
fn boots_with_every_answer_to_an_unknown_variable() {
    let work = Work::new();
    for unknown_variable in [
        UnknownVariable::Fail,
        UnknownVariable::EmptyOkay,
        UnknownVariable::Silence,
    ] {
        boot(
            &work,
            Behaviour {
                unknown_variable,
                ..Behaviour::default()
            },
        );
    }
}

#[test]
fn boots_with_every_padding_of_replies() {
    let work = Work::new();
    for padding in [
        Padding::Nul,
        Padding::Newline,
        Padding::Buffer(64),
        Padding::Buffer(256),
    ] {
        boot(
            &work,
            Behaviour {
                padding,
                ..Behaviour::default()
            },
        );
    }
}

#[test]
fn escapes_the_messages_of_the_device() {
    let work = Work::new();
    let answer = Answer::Replies(vec![
        b"INFO\x1b[2Jbegin".to_vec(),
        b"FAIL\x1b[2Jend\0junk".to_vec(),
    ]);
    let (front, address) = serve(Behaviour {
        answers: vec![("boot", answer)],
        ..Behaviour::default()
    });
    front.with_device(|device| device.set("serialno", "\x1b[2Jserial"));
    let arguments = [&FAJITA[..], &[&address]].concat();
    let message = work.error(4, &arguments, "end");
    assert!(message.contains("device: \\u{1b}[2Jbegin\n"), "{message}");
    assert!(!message.contains("junk"), "{message}");
}

#[test]
fn compares_the_size_with_what_the_device_accepts() {
    let work = Work::new();
    for value in ["0x8000", "32768", "8000h"] {
        let (front, address) = serve(Behaviour::default());
        front.with_device(|device| device.set("max-download-size", value));
        let arguments = [&FAJITA[..], &[&address]].concat();
        if value == "8000h" {
            // Not a number: no limit is known.
            work.ok(&arguments);
            continue;
        }
        let words = "expected at most 32768 (max-download-size of the boot loader)";
        work.error(5, &arguments, words);
        front.with_device(|device| {
            let sends = |command: &String| command.starts_with("download");
            assert!(!device.commands.iter().any(sends));
        });
    }
}

#[test]
fn explains_a_refusal_that_is_only_a_number() {
    let work = Work::new();
    let (front, address) = serve(Behaviour {
        buffer_size: Some(4096),
        ..Behaviour::default()
    });
    front.with_device(|device| device.remove("max-download-size"));
    let arguments = [&FAJITA[..], &[&address]].concat();
    work.error(
        4,
        &arguments,
        "; the image is too large for the boot loader",
    );
}

#[test]
fn shows_messages_of_the_device_before_its_replies() {
    let work = Work::new();
    let (_front, address) = serve(Behaviour {
        before: vec![b"INFObusy".to_vec(), b"TEXTstill".to_vec()],
        ..Behaviour::default()
    });
    let arguments = [&FAJITA[..], &[&address]].concat();
    let (_, stderr) = work.ok(&arguments);
    assert!(stderr.contains("device: busy\ndevice: still\n"), "{stderr}");
    let events = work.events(&arguments);
    assert_eq!(event(&events, "message")["text"], "busy");
}

#[test]
fn explains_refusals_of_known_boot_loaders() {
    let work = Work::new();
    for (message, words) in [
        (
            "Flashing is not allowed in Lock State",
            "; the boot loader is locked; unlock it",
        ),
        (
            "dtb not found",
            "; the boot loader needs a device tree in the image",
        ),
        (
            "kernel compression not supported",
            "; check compression and header version",
        ),
        (
            "invalid boot image header",
            "; check header version and page size",
        ),
        ("ramdisk size is too large", "; use a smaller one"),
        ("", "refused: without a message; check the device's profile"),
    ] {
        let answer = Answer::Replies(vec![format!("FAIL{message}").into_bytes()]);
        let (_front, address) = serve(Behaviour {
            answers: vec![("boot", answer)],
            ..Behaviour::default()
        });
        work.error(4, &[&FAJITA[..], &[&address]].concat(), words);
    }
}
