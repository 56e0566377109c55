//! `fastboop detect`, against devices in a network. tests/vm has those on USB.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::process::{Command, Output};

use common::text;
use fastboot_device::{Answer, Behaviour, Device, TcpFaults, TcpFront, UdpFaults, UdpFront};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Runs in an empty home directory.
fn run(home: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fastboop"));
    command.arg("detect").args(arguments);
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        command.env(name, home.path());
    }
    command.env_remove("FASTBOOP_SCHEMA_PATH").output().unwrap()
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Serves over UDP a device with these variables, besides those of every device.
fn serve(variables: &[(&str, &str)]) -> (UdpFront, String) {
    let mut device = Device::new(Behaviour::default());
    for (name, value) in variables {
        device.set(name, value);
    }
    let front = UdpFront::start(device, UdpFaults::default()).unwrap();
    let address = format!("udp:{}", front.address());
    (front, address)
}

#[test]
fn prints_what_is_known_of_a_device() {
    let variables = [("product", "sargo"), ("serialno", "94BAX0")];
    let (_front, address) = serve(&variables);
    let output = run(&home(), &["--device", &address]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let expected = format!(
        "{address}
  product:          sargo
  serial number:    94BAX0
  boot loader:      unlocked
  largest download: 268435456 bytes
  profile:          google-sargo (Google Pixel 3a)
"
    );
    assert_eq!(text(&output.stdout), expected);
    assert!(output.stderr.is_empty());
}

#[test]
fn prints_json() {
    let (_front, address) = serve(&[("product", "sargo"), ("serialno", "94BAX0")]);
    let output = run(&home(), &["--device", &address, "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({"devices": [{
        "address": address,
        "transport": "udp",
        "usb": null,
        "error": null,
        "product": "sargo",
        "serial": "94BAX0",
        "unlocked": true,
        "max_download_size": 268435456,
        "profiles": [{"id": "google-sargo", "name": "Google Pixel 3a"}],
        "rejected_profiles": [],
    }], "stage0": []});
    assert_eq!(found, expected);
}

#[test]
fn detects_over_tcp() {
    let device = Device::new(Behaviour::default());
    let front = TcpFront::start(device, TcpFaults::default()).unwrap();
    let address = format!("tcp:{}", front.address());
    let output = run(&home(), &["--device", &address, "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["devices"][0]["transport"], "tcp");
    assert_eq!(found["devices"][0]["product"], "sdm845");
    assert_eq!(found["devices"][0]["serial"], Value::Null);
}

#[test]
fn names_all_profiles_that_match_unless_one_was_chosen() {
    let home = home();
    let (_front, address) = serve(&[("product", "beryllium"), ("serialno", "1a2b")]);
    let output = run(&home, &["--device", &address]);
    let found = text(&output.stdout);
    let both = [
        "profile:          xiaomi-beryllium-ebbg (",
        ") or xiaomi-beryllium-tianma (",
    ];
    assert!(both.iter().all(|part| found.contains(part)), "{found}");
    assert!(found.contains("choose one"), "{found}");

    fs::create_dir(home.path().join("fastboop")).unwrap();
    let choice = "[devices]\n1a2b = \"xiaomi-beryllium-tianma\"\n";
    fs::write(home.path().join("fastboop/devices.toml"), choice).unwrap();
    let output = run(&home, &["--device", &address, "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let profiles = &found["devices"][0]["profiles"];
    assert_eq!(profiles.as_array().unwrap().len(), 1);
    assert_eq!(profiles[0]["id"], "xiaomi-beryllium-tianma");
}

#[test]
fn explains_why_no_profile_matches() {
    let (_front, address) = serve(&[("product", "hammerhead")]);
    let output = run(&home(), &["--device", &address]);
    let found = text(&output.stdout);
    assert!(found.contains("profile:          none matches"), "{found}");
    let reason = r#"not google-sargo: expected product equals "sargo", found "hammerhead""#;
    assert!(found.contains(reason), "{found}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn warns_of_a_locked_boot_loader() {
    let (_front, address) = serve(&[("unlocked", "no")]);
    let output = run(&home(), &["--device", &address]);
    let found = text(&output.stdout);
    assert!(
        found.contains("locked: it will refuse to boot; unlock it"),
        "{found}"
    );
}

#[test]
fn texts_of_devices_cannot_control_the_terminal() {
    let (_front, address) = serve(&[("product", "a\x1b[2Jb"), ("serialno", "\u{9b}31m")]);
    let output = run(&home(), &["--device", &address]);
    let found = text(&output.stdout);
    assert!(found.contains(r"a\u{1b}[2Jb"), "{found}");
    assert!(
        found.chars().all(|c| c == '\n' || !c.is_control()),
        "{found:?}"
    );
}

#[test]
fn lists_a_device_that_disconnects_with_the_reason() {
    let behaviour = Behaviour {
        answers: vec![("getvar:partition", Answer::Vanish)],
        ..Behaviour::default()
    };
    let front = TcpFront::start(Device::new(behaviour), TcpFaults::default()).unwrap();
    let address = format!("tcp:{}", front.address());
    let output = run(&home(), &["--device", &address, "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let error = &found["devices"][0]["error"];
    assert_eq!(error["kind"], "other");
    assert!(
        error["message"].as_str().unwrap().contains("disconnected"),
        "{error}"
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn exits_3_if_the_device_is_not_there() {
    let front = TcpFront::start(Device::new(Behaviour::default()), TcpFaults::default()).unwrap();
    let closed = format!("tcp:{}", front.address());
    drop(front);
    for (address, words) in [
        (
            "usb:no-such-serial-number",
            "usb:no-such-serial-number: not found; ",
        ),
        ("usb:255-1.1.1", "usb:255-1.1.1: not found; "),
        (&closed, "cannot connect: "),
    ] {
        let output = run(&home(), &["--device", address, "--json"]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{message}");
        assert!(
            message.starts_with("error: ") && message.contains(words),
            "{message}"
        );
        assert_eq!(message.lines().count(), 1, "{message}");
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found, json!({"devices": [], "stage0": []}));
        assert!(run(&home(), &["--device", address]).stdout.is_empty());
    }
}

#[test]
fn a_broken_file_of_choices_is_a_warning() {
    let home = home();
    fs::create_dir(home.path().join("fastboop")).unwrap();
    fs::write(home.path().join("fastboop/devices.toml"), "[devices").unwrap();
    let (_front, address) = serve(&[]);
    let output = run(&home, &["--device", &address]);
    assert_eq!(output.status.code(), Some(0));
    let message = text(&output.stderr);
    assert!(message.starts_with("warning: "), "{message}");
    assert!(message.contains("devices.toml: line 1: "), "{message}");
}
