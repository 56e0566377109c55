//! The exit codes, each with the message that leads on.

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;
use std::{fs, thread};

use fastboot_device::{Answer, Behaviour};
use rustix::process::{Pid, Signal, kill_process};

use crate::work::{Work, event, serve};

const FAJITA: [&str; 3] = ["IMAGE", "--profile", "oneplus-fajita"];

fn answering(command: &'static str, answer: Answer) -> Behaviour {
    Behaviour {
        answers: vec![(command, answer)],
        ..Behaviour::default()
    }
}

fn fail(message: &str) -> Answer {
    Answer::Replies(vec![format!("FAIL{message}").into_bytes()])
}

#[test]
fn exits_2_for_wrong_usage() {
    let work = Work::new();
    for arguments in [
        &[][..],
        &["IMAGE", "--device", "1a2b"],
        &["IMAGE", "--device", "ssh:host"],
        &["IMAGE", "--wait", "-1"],
        &["IMAGE", "--set", "root"],
        &["IMAGE", "--kernel", "a", "--kernel-release", "b"],
        &["IMAGE", "IMAGE"],
    ] {
        assert_eq!(work.run(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn exits_3_without_a_device() {
    let work = Work::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("--device=tcp:{}", listener.local_addr().unwrap());
    drop(listener);
    work.error(3, &[&FAJITA[..], &[&address]].concat(), "cannot connect: ");
}

#[test]
fn exits_4_if_the_device_refuses() {
    let work = Work::new();
    for (command, message, words) in [
        (
            "boot",
            "dtb not found",
            "refused: dtb not found; the boot loader needs a device tree",
        ),
        (
            "data",
            "out of memory",
            "refused: out of memory; check the device's profile",
        ),
        (
            "download",
            "unknown command",
            "refused: unknown command; the boot loader lacks",
        ),
    ] {
        let (_front, address) = serve(answering(command, fail(message)));
        work.error(4, &[&FAJITA[..], &[&address]].concat(), words);
    }
}

#[test]
fn exits_4_if_the_device_is_locked() {
    let work = Work::new();
    let (front, address) = serve(Behaviour::default());
    front.with_device(|device| device.set("unlocked", "no"));
    let arguments = [&FAJITA[..], &[&address]].concat();
    work.error(4, &arguments, "the boot loader is locked");
    front.with_device(|device| assert!(device.downloaded.is_empty()));
    work.ok(&[&arguments[..], &["--ignore-lock"]].concat());
    front.with_device(|device| assert!(device.is_booted));
}

#[test]
fn exits_5_if_the_image_is_unusable() {
    let work = Work::new();
    work.write("empty.img", vec![0; 1 << 20]);
    for (image, words) in [
        ("gone.img", "gone.img: cannot read"),
        ("empty.img", "no file system at all"),
    ] {
        let output = work.run(&[image, "--profile", "oneplus-fajita", "-o", "boot.img"]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(5), "{message}");
        assert!(message.contains(words), "{message}");
    }
    let events = work.events(&["gone.img", "--profile", "oneplus-fajita", "-o", "boot.img"]);
    assert_eq!(event(&events, "error")["exit_code"], 5);
    assert!(!work.path("boot.img").exists());
    // A missing image is found before the device is.
    let output = work.run(&["gone.img", "--device", "tcp:127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(5));
}

#[test]
fn exits_6_if_the_connection_breaks() {
    let work = Work::new();
    for (command, words) in [
        ("getvar:product", "getvar: the device disconnected"),
        ("download", "download: the device disconnected"),
        ("data", "download: the device disconnected"),
    ] {
        let (_front, address) = serve(answering(command, Answer::Vanish));
        work.error(6, &[&FAJITA[..], &[&address]].concat(), words);
    }
    let garbage = Answer::Replies(vec![b"\x1b[2Jhello".to_vec()]);
    let (_front, address) = serve(answering("download", garbage));
    work.error(
        6,
        &[&FAJITA[..], &[&address]].concat(),
        "expected OKAY, FAIL, INFO, TEXT or DATA",
    );
}

#[test]
fn exits_7_if_the_boot_loader_does_not_confirm() {
    let work = Work::new();
    let (_front, address) = serve(answering("boot", Answer::Vanish));
    let arguments = [&FAJITA[..], &[&address]].concat();
    work.error(
        7,
        &arguments,
        "the boot loader did not confirm that it boots; ",
    );
    let (_front, address) = serve(answering("boot", Answer::Vanish));
    let events = work.events(&[&FAJITA[..], &[&address]].concat());
    assert_eq!(event(&events, "outcome")["outcome"], "unconfirmed");
    assert_eq!(event(&events, "error")["exit_code"], 7);
}

/// Shells report 130 for it.
#[test]
fn ends_on_ctrl_c() {
    let work = Work::new();
    let (front, address) = serve(answering("data", Answer::Silence));
    let mut command = work.command(&[&FAJITA[..], &[&address]].concat());
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !front.with_device(|device| {
        device
            .commands
            .iter()
            .any(|command| command.starts_with("download"))
    }) {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the program ended early"
        );
        thread::sleep(Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(2));
    // The files that were begun had no names.
    let left = fs::read_dir(work.path(".")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        left.iter()
            .all(|name| name == "cache" || name == "stage0.elf"),
        "{left:?}"
    );
}
