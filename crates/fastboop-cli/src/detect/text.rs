//! What `fastboop detect` prints for people.

use cli_main::escape;

use super::report::{DeviceReport, ProfileReport, Report, Usb, WaitingReport};

/// Describes all devices, with an empty line between them.
pub fn format(report: &Report) -> String {
    let devices = report.devices.iter().map(describe);
    let waiting = report.stage0.iter().map(describe_waiting);
    devices.chain(waiting).collect::<Vec<_>>().join("\n")
}

/// A device that booted stage0. Whether another program serves its root already is not visible.
fn describe_waiting(device: &WaitingReport) -> String {
    let mut text = format!("{}\n", escape(&device.address));
    let mut add = |name: &str, value: &str| text += &format!("  {name:<17} {}\n", escape(value));
    if let Some(usb) = &device.usb {
        add("USB:", &describe_usb(usb));
    }
    let next = format!(
        "booted, with its root over USB; serve it with `fastboop serve IMAGE --device {}`",
        device.address
    );
    add("stage0:", &next);
    text
}

fn describe(device: &DeviceReport) -> String {
    let mut text = format!("{}\n", escape(&device.address));
    let mut add = |name: &str, value: &str| text += &format!("  {name:<17} {}\n", escape(value));
    if let Some(usb) = &device.usb {
        add("USB:", &describe_usb(usb));
    }
    if let Some(error) = &device.error {
        add("cannot be used:", &error.message);
        return text;
    }
    let unknown = || "not reported".to_owned();
    add("product:", &device.product.clone().unwrap_or_else(unknown));
    add(
        "serial number:",
        &device.serial.clone().unwrap_or_else(unknown),
    );
    add(
        "boot loader:",
        match device.unlocked {
            Some(true) => "unlocked",
            Some(false) => {
                "locked: it will refuse to boot; unlock it as the manufacturer describes"
            }
            None => "does not report whether it is unlocked",
        },
    );
    let size = device.max_download_size.map(|size| format!("{size} bytes"));
    add("largest download:", &size.unwrap_or_else(unknown));
    match device.profiles.as_slice() {
        [] => add(
            "profile:",
            "none matches; add one as docs/profiles.md describes",
        ),
        [profile] => add("profile:", &name(profile)),
        several => {
            let names: Vec<_> = several.iter().map(name).collect();
            let names = names.join(" or ");
            add(
                "profile:",
                &format!("{names}: their boot loaders answer alike; choose one"),
            );
        }
    }
    for rejected in &device.rejected_profiles {
        add("", &format!("not {}: {}", rejected.id, rejected.reason));
    }
    text
}

fn describe_usb(usb: &Usb) -> String {
    let mut text = usb.id.clone();
    let names: Vec<_> = [&usb.manufacturer, &usb.product]
        .into_iter()
        .flatten()
        .collect();
    for name in names {
        text += &format!(" {name}");
    }
    text += &format!(", at {}", usb.path);
    if let Some(speed) = usb.speed {
        text += &format!(", {speed} speed");
    }
    text
}

fn name(profile: &ProfileReport) -> String {
    match &profile.name {
        Some(name) => format!("{} ({name})", profile.id),
        None => profile.id.clone(),
    }
}
