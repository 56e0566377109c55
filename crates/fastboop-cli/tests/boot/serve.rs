//! The root over USB, as far as it goes without a device on USB: tests/vm has the rest.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};

use fastboot_device::{Answer, Behaviour};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::work::{Work, event, serve};

const FAJITA: [&str; 5] = ["IMAGE", "--profile", "oneplus-fajita", "--root", "usb"];

/// Reads lines until one contains `words`, and then presses Ctrl-C.
fn interrupt_after(child: &mut Child, output: impl Read, words: &str) -> (String, ExitStatus) {
    let mut text = String::new();
    let mut output = BufReader::new(output);
    while !text.lines().last().is_some_and(|line| line.contains(words)) {
        let count = output.read_line(&mut text).unwrap();
        assert!(count > 0, "the program ended early: {text}");
    }
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
    let status = child.wait().unwrap();
    (text, status)
}

#[test]
fn waits_for_stage0_after_the_image_was_sent() {
    let work = Work::new();
    let unconfirmed = Behaviour {
        answers: vec![("boot", Answer::Vanish)],
        ..Behaviour::default()
    };
    // Also if the boot loader did not confirm: stage0 shows it.
    for behaviour in [Behaviour::default(), unconfirmed] {
        let (front, address) = serve(behaviour);
        let mut command = work.command(&[&FAJITA[..], &[&address]].concat());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let (_, status) = interrupt_after(&mut child, stderr, "waiting for stage0 on USB");
        assert_eq!(status.signal(), Some(2));
        front.with_device(|device| assert!(!device.downloaded.is_empty()));
    }
}

#[test]
fn reports_what_it_serves_as_json() {
    let work = Work::new();
    let (_front, address) = serve(Behaviour::default());
    let mut command = work.command(&[&FAJITA[..], &[&address, "--json"]].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let stdout = child.stdout.take().unwrap();
    let (text, _) = interrupt_after(&mut child, stdout, "\"waiting\"");
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let export = event(&events, "export");
    assert_eq!(export["file_system"], event(&events, "root")["file_system"]);
    assert_eq!(export["id"].as_str().unwrap().len(), 8);
    assert!(export["size"].as_u64().unwrap() % 512 == 0, "{export}");
    assert_eq!(event(&events, "root")["setting"], "usb");
    assert_eq!(event(&events, "outcome")["outcome"], "accepted");
    let needed = event(&events, "modules")["needed"].as_array().unwrap();
    assert!(needed.iter().all(|needed| needed["module"] != "ublk_drv"));
    let warned = |event: &&Value| {
        let message = event["message"].as_str().unwrap_or_default();
        message.contains("the kernel has no module ublk_drv")
    };
    assert_eq!(events.iter().filter(warned).count(), 1);
}

#[test]
fn serves_nothing_without_sending() {
    let work = Work::new();
    let (_front, address) = serve(Behaviour::default());
    for arguments in [&["-o", "boot.img"][..], &["--dry-run", &address]] {
        let events = work.events(&[&FAJITA[..], arguments].concat());
        assert!(events.iter().all(|event| event["event"] != "export"));
        assert_eq!(event(&events, "root")["setting"], "usb");
    }
}
