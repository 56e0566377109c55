//! Boots over UDP and TCP.

use fastboot_device::{Behaviour, Device, UdpFaults, UdpFront};

use crate::work::{Work, event, serve};

const FAJITA: [&str; 3] = ["IMAGE", "--profile", "oneplus-fajita"];

#[test]
fn sends_the_image_that_output_writes() {
    let work = Work::new();
    work.ok(&[&FAJITA[..], &["-o", "boot.img"]].concat());
    let image = work.read("boot.img");
    let udp = UdpFront::start(Device::new(Behaviour::default()), UdpFaults::default()).unwrap();
    let device = format!("udp:{}", udp.address());
    let (stdout, stderr) = work.ok(&[&FAJITA[..], &["--device", &device]].concat());
    for line in [
        format!("device      {device}, OnePlus 6T (oneplus-fajita), unlocked, accepts 268.4 MB"),
        "sent        the boot loader accepted the image; what the device does then cannot be observed over a network".to_owned(),
    ] {
        assert!(stdout.lines().any(|found| found == line), "{line}: {stdout}");
    }
    assert!(stderr.is_empty(), "{stderr}");
    udp.with_device(|device| {
        assert!(device.downloaded == image);
        assert!(device.is_booted);
    });

    let (tcp, address) = serve(Behaviour::default());
    work.ok(&[&FAJITA[..], &[&address]].concat());
    tcp.with_device(|device| assert!(device.downloaded == image && device.is_booted));
}

#[test]
fn sends_only_commands_that_write_nothing() {
    let work = Work::new();
    let (front, address) = serve(Behaviour::default());
    work.ok(&[&FAJITA[..], &[&address]].concat());
    front.with_device(|device| {
        let is_harmless = |command: &String| {
            let starts = ["getvar:", "download:"];
            command == "boot" || starts.iter().any(|start| command.starts_with(start))
        };
        assert!(
            device.commands.iter().all(is_harmless),
            "{:?}",
            device.commands
        );
    });
}

#[test]
fn prints_one_event_a_line_as_json() {
    let work = Work::new();
    let (front, address) = serve(Behaviour::default());
    front.with_device(|device| device.set("serialno", "1a2b"));
    let events = work.events(&[&FAJITA[..], &[&address]].concat());
    let mut names: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    names.dedup();
    let expected = [
        "device",
        "root",
        "device_tree",
        "modules",
        "kernel",
        "initramfs",
        "image",
        "progress",
        "outcome",
    ];
    assert_eq!(names, expected);
    assert_eq!(event(&events, "device")["serial"], "1a2b");
    assert_eq!(event(&events, "image")["limit"], 0x1000_0000);
    let sent = events.iter().rfind(|event| event["event"] == "progress");
    let sent = sent.unwrap();
    assert_eq!(
        (&sent["step"], &sent["bytes"]),
        (&"send".into(), &sent["total"])
    );
    let outcome = event(&events, "outcome");
    assert_eq!(
        (&outcome["outcome"], &outcome["confirmed"]),
        (&"accepted".into(), &true.into())
    );
}

#[test]
fn recognizes_the_device_by_its_variables() {
    let work = Work::new();
    let (front, address) = serve(Behaviour::default());
    front.with_device(|device| {
        device.set("serialno", "S6MQ123");
        device.remove("partition-type:op2");
    });
    let events = work.events(&["IMAGE", &address]);
    assert_eq!(event(&events, "device")["profile"], "shift-axolotl");
    assert_eq!(event(&events, "outcome")["outcome"], "accepted");
}

#[test]
fn remembers_which_of_several_profiles_was_chosen() {
    let work = Work::new();
    let (front, address) = serve(Behaviour::default());
    front.with_device(|device| device.set("serialno", "1a2b"));
    let words = "choose one with --profile oneplus-enchilada or --profile oneplus-fajita";
    work.error(3, &["IMAGE", &address], words);
    work.error(3, &["IMAGE", &address, "--non-interactive"], words);
    work.write(
        "state/fastboop/devices.toml",
        "[devices]\n1a2b = \"oneplus-enchilada\"\n",
    );
    let events = work.events(&["IMAGE", &address]);
    assert_eq!(event(&events, "device")["profile"], "oneplus-enchilada");
}

#[test]
fn warns_about_a_profile_of_another_device() {
    let work = Work::new();
    let (_front, address) = serve(Behaviour::default());
    let (_, stderr) = work.ok(&["IMAGE", "--profile", "google-sargo", &address]);
    let words = "the profile is for another device: google-sargo: expected product equals \"sargo\", found \"sdm845\"";
    assert!(stderr.contains(words), "{stderr}");
}

#[test]
fn writes_to_a_file_with_a_device_and_sends_nothing() {
    let work = Work::new();
    let (front, address) = serve(Behaviour::default());
    for arguments in [&["-o", "boot.img"][..], &["--dry-run"]] {
        work.ok(&[&FAJITA[..], arguments, &[&address]].concat());
        front.with_device(|device| {
            let sends = |command: &String| !command.starts_with("getvar:");
            assert!(!device.commands.iter().any(sends), "{:?}", device.commands);
        });
    }
    assert!(work.path("boot.img").exists());
}
