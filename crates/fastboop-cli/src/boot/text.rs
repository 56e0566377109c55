//! Events as lines for people.

use cli_main::escape;
use live_boot::{
    DeviceReport, DeviceTreeReport, Event, ImageReport, InitramfsReport, KernelReport,
    ModulesReport, Outcome, OutcomeReport, RootReport,
};

use crate::image::format_size;

/// A line with a name.
pub fn line(name: &str, value: &str) -> String {
    format!("{name:<10}  {}\n", escape(value))
}

/// The lines of an event; empty for those that are shown in another way.
pub fn lines(event: &Event) -> String {
    match event {
        Event::Device(report) => device(report),
        Event::Root(report) => root(report),
        Event::DeviceTree(report) => device_tree(report),
        Event::Modules(report) => modules(report),
        Event::Kernel(report) => kernel(report),
        Event::Initramfs(report) => initramfs(report),
        Event::Image(report) => image(report),
        Event::Outcome(report) => outcome(report),
        _ => String::new(),
    }
}

/// `SIZE`, or `SIZE of at most LIMIT`.
fn size_and_limit(size: u64, limit: Option<u64>) -> String {
    match limit {
        Some(limit) => format!("{} of at most {}", format_size(size), format_size(limit)),
        None => format_size(size),
    }
}

fn device(report: &DeviceReport) -> String {
    let mut parts: Vec<String> = report.address.iter().cloned().collect();
    match (&report.profile, &report.name) {
        (Some(profile), Some(name)) => parts.push(format!("{name} ({profile})")),
        (Some(profile), None) => parts.push(profile.clone()),
        _ => parts.push("no profile".to_owned()),
    }
    match report.unlocked {
        Some(true) => parts.push("unlocked".to_owned()),
        Some(false) => parts.push("locked".to_owned()),
        None => {}
    }
    if let Some(size) = report.max_download_size {
        parts.push(format!("accepts {}", format_size(size)));
    }
    line("device", &parts.join(", "))
}

fn root(report: &RootReport) -> String {
    let mut text = report.file_system.clone();
    let details = report.os.iter().chain(&report.deployment);
    details.for_each(|detail| text += &format!(", {detail}"));
    match report.setting.as_deref() {
        Some("usb") => text += "; to the device over USB",
        Some(setting) => text += &format!("; on the device: {setting}"),
        None => {}
    }
    line("root", &text)
}

fn device_tree(report: &DeviceTreeReport) -> String {
    let mut text = report.name.clone();
    if report.path != report.name {
        text += &format!(", {}", report.path);
    }
    text += &format!(", {}", format_size(report.size));
    for overlay in &report.overlays {
        text += &format!(", overlay {overlay}");
    }
    for mac in &report.mac_addresses {
        text += &format!(", {} at {}", mac.address, mac.node);
    }
    if !report.is_in_image {
        text += "; not in the boot image";
    }
    line("DTB", &text)
}

fn modules(report: &ModulesReport) -> String {
    let builtin = report.needed.iter().filter(|needed| needed.builtin).count();
    let size = format_size(report.bytes);
    let text = format!(
        "{} needed by root and device, {builtin} of them builtin; {size} in {} files of {}",
        report.needed.len(),
        report.files,
        report.release
    );
    line("modules", &text)
}

fn kernel(report: &KernelReport) -> String {
    let release = report.release.as_deref().unwrap_or("unknown release");
    let size = size_and_limit(report.size, report.limit);
    let mut text = format!(
        "{release}, {}, {}, as {}: {size}",
        report.architecture, report.form, report.encoding
    );
    if let Some(window) = report.window {
        text += &format!(
            ", in memory {}",
            size_and_limit(window, report.window_limit)
        );
    }
    line("kernel", &text) + &line("", &report.path)
}

fn initramfs(report: &InitramfsReport) -> String {
    let version = report.stage0.as_deref().unwrap_or("of unknown version");
    let size = size_and_limit(report.size, report.limit);
    let text = format!(
        "{size}, {}, stage0 {version} for {}",
        report.compression, report.target
    );
    line("initramfs", &text)
}

fn image(report: &ImageReport) -> String {
    let size = size_and_limit(report.size, report.limit);
    let image = format!(
        "{size}, header version {}, page size {}",
        report.header_version, report.page_size
    );
    let length = report.command_line.len();
    let mut cmdline = format!("{length} of at most {} bytes", report.command_line_limit);
    if length > 0 {
        cmdline += &format!(": {}", report.command_line);
    }
    line("image", &image) + &line("cmdline", &cmdline)
}

/// Only what is known: what fails is an error, which says more.
fn outcome(report: &OutcomeReport) -> String {
    let text = match report.outcome {
        Outcome::Accepted => {
            "the boot loader accepted the image; what the device does then cannot be observed over a network"
        }
        Outcome::Left if report.confirmed => "the device left USB, as it does when a kernel starts",
        Outcome::Left => {
            "the device left USB without a confirmation, as it does when a kernel starts"
        }
        Outcome::Appeared => "the device is on USB again, and not as a boot loader: a kernel runs",
        Outcome::Unconfirmed | Outcome::Returned | Outcome::Stayed => return String::new(),
    };
    line("sent", text)
}
