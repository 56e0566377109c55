//! Tests of reports on devices that cannot be opened.

use super::*;
use std::time::{Duration, Instant};

use boot_devices::{Bus, find};
use fastboot::Transport;
use fastboot_usb::{Error, Holder, Holders, Interface};

/// A bus with one phone.
struct Phone;

impl Bus for Phone {
    fn devices(&mut self) -> Result<Vec<UsbDevice>, Error> {
        Ok(vec![UsbDevice {
            vid: 0x18d1,
            pid: 0xd00d,
            serial: Some("1a2b".to_owned()),
            product: Some("Android\x1b[2J".to_owned()),
            bus: 1,
            ports: vec![4],
            speed: Some(Speed::High),
            fastboot: Some(Interface::default()),
            ..UsbDevice::default()
        }])
    }

    fn try_open(&mut self, _: &UsbDevice) -> Result<Box<dyn Transport>, Error> {
        Err(Error::Disconnected)
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&mut self, _: Duration) {}
}

fn unopened(cause: &Error) -> DeviceReport {
    DeviceReport::unopened(&find(None, None, &mut Phone).unwrap(), cause)
}

#[test]
fn a_device_without_permission_is_listed_with_the_udev_rule() {
    let node = "/dev/bus/usb/001/004".into();
    let report = unopened(&Error::Permission { node });
    let error = report.error.as_ref().unwrap();
    assert_eq!(error.kind, "permission");
    assert!(error.udev_rule.unwrap().contains("ff4203"));
    let text = crate::detect::text::format(&Report {
        devices: vec![report],
        ..Report::default()
    });
    let start = "usb:1a2b
  USB:              18d1:d00d Android\\u{1b}[2J, at 1-4, high speed
  cannot be used:   no permission to open /dev/bus/usb/001/004; as root, write this line to ";
    assert!(text.starts_with(start), "{text}");
    assert_eq!(text.lines().count(), 3, "{text}");
}

#[test]
fn a_device_that_booted_stage0_is_listed_with_the_next_step() {
    let device = find(None, None, &mut Phone).unwrap();
    let report = Report {
        stage0: vec![WaitingReport::new(&device)],
        ..Report::default()
    };
    let text = crate::detect::text::format(&report);
    let expected = "usb:1a2b
  USB:              18d1:d00d Android\\u{1b}[2J, at 1-4, high speed
  stage0:           booted, with its root over USB; serve it with `fastboop serve IMAGE --device usb:1a2b`
";
    assert_eq!(text, expected);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["stage0"][0]["address"], "usb:1a2b");
    assert_eq!(json["stage0"][0]["usb"]["path"], "1-4");
}

#[test]
fn a_busy_device_is_listed_with_the_processes_that_use_it() {
    let report = unopened(&Error::Busy(Holders {
        processes: vec![Holder {
            pid: 12,
            name: "fwupd".to_owned(),
        }],
        ..Holders::default()
    }));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["error"]["kind"], "busy");
    assert_eq!(json["error"]["processes"][0]["pid"], 12);
    assert_eq!(json["error"]["processes"][0]["name"], "fwupd");
    assert_eq!(json["usb"]["path"], "1-4");
    assert_eq!(json["usb"]["speed"], "high");
    assert_eq!(json["product"], serde_json::Value::Null);
}
