//! `fastboop boot`: boots a device with an image, or writes the boot image to a file.

mod arguments;
mod connection;
mod output;
mod profile;
mod report;
mod text;
mod watch;

use std::cell::RefCell;
use std::path::Path;

use anyhow::Context;
use boot_devices::SystemBus;
use cli_main::WithExitCode;
use device_profiles::Profile;
use image_files::System;
use live_boot::{
    BootImage, Device, DeviceReport, Event, OutcomeReport, Plan, Progress, Step, observe,
};

pub use arguments::Arguments;
use connection::Connection;
use report::Reporter;

use crate::exit;

/// Boots the device.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let reporter = RefCell::new(Reporter::new(arguments.json));
    let result = boot(arguments, &reporter);
    reporter.into_inner().finish(result)
}

fn boot(arguments: &Arguments, reporter: &RefCell<Reporter>) -> anyhow::Result<()> {
    let profile = arguments
        .profile
        .as_deref()
        .map(profile::load)
        .transpose()?;
    // Before a device is waited for.
    disk_image::View::open(&arguments.image).with_exit_code(exit::IMAGE)?;
    if let (Some(path), None) = (&arguments.output, &arguments.device) {
        return write(path, profile, arguments, reporter);
    }
    let mut bus = SystemBus;
    let mut connection = Connection::open(arguments, reporter, &mut bus)?;
    let device = connection.identify(profile, arguments)?;
    let image = build(arguments, &device, reporter)?;
    if let Some(path) = &arguments.output {
        return output::write(path, &image, arguments, reporter);
    }
    if arguments.dry_run {
        return Ok(());
    }
    let name = connection.name();
    // For the rate: the first report of the client comes after 1 MiB.
    let start = Progress {
        step: Step::Send,
        bytes: 0,
        total: image.size()?,
    };
    reporter.borrow_mut().report(&Event::Progress(start));
    let sent = image.send(&mut connection.client).map_err(Into::into);
    let answer = exit::with_code(sent).with_context(|| name.clone())?;
    let mut watch = connection.into_watch(&mut bus);
    if watch.is_some() && !arguments.json {
        cli_main::note(
            "the image is sent; observing the device for up to 30 seconds, which Ctrl-C ends",
        );
    }
    let outcome = observe(answer, watch.as_mut().map(|watch| watch as _));
    let report = OutcomeReport {
        outcome,
        confirmed: answer == live_boot::Answer::Accepted,
    };
    reporter.borrow_mut().report(&Event::Outcome(report));
    exit::check(outcome).with_context(|| name)
}

/// Writes the boot image to a file, without a device.
fn write(
    path: &Path,
    profile: Option<Profile>,
    arguments: &Arguments,
    reporter: &RefCell<Reporter>,
) -> anyhow::Result<()> {
    let device = Device {
        profile,
        ..Device::default()
    };
    if let Some(profile) = &device.profile {
        reporter.borrow_mut().report(&Event::Device(DeviceReport {
            profile: Some(profile.id.clone()),
            name: profile.display_name.clone(),
            ..DeviceReport::default()
        }));
    }
    let image = build(arguments, &device, reporter)?;
    output::write(path, &image, arguments, reporter)
}

/// Chooses what to boot out of the image, and builds the boot image.
fn build(
    arguments: &Arguments,
    device: &Device,
    reporter: &RefCell<Reporter>,
) -> anyhow::Result<BootImage> {
    let name = || arguments.image.display().to_string();
    let opened = arguments.options.open(&arguments.image);
    let image = opened.with_exit_code(exit::IMAGE)?;
    let system = System::open(&image.files, &arguments.options.choice());
    let system = system.with_context(name).with_exit_code(exit::IMAGE)?;
    let sources = system.sources();
    let request = arguments.request();
    let mut events = |event: Event| reporter.borrow_mut().report(&event);
    let build = |events: &mut live_boot::Events| -> anyhow::Result<BootImage> {
        let plan = Plan::new(&system, &sources, device, &request, events)?;
        output::check(arguments, plan.inputs())?;
        Ok(plan.build(events)?)
    };
    exit::with_code(build(&mut events).with_context(name))
}
