//! `fastboop boot`: boots a device with an image and serves its root, or writes the boot image to a file.

mod arguments;
mod connection;
mod gadget;
mod output;
mod profile;
mod report;
mod text;
mod watch;

use std::cell::RefCell;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use boot_devices::SystemBus;
use cli_main::WithExitCode;
use device_profiles::Profile;
use image_files::System;
use live_boot::{
    BootImage, Device, DeviceReport, Event, Outcome, OutcomeReport, Plan, Progress, Step, observe,
};

pub use arguments::Arguments;
use connection::Connection;
use gadget::Gadget;
use report::Reporter;
use watch::UsbWatch;

use crate::serve::{Monitor, Root};
use crate::{exit, serve};

/// Boots the device.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let reporter = RefCell::new(Reporter::new(arguments.json));
    let result = boot(arguments, &reporter);
    reporter.into_inner().finish(result)
}

fn boot(arguments: &Arguments, reporter: &RefCell<Reporter>) -> anyhow::Result<ExitCode> {
    let profile = arguments
        .profile
        .as_deref()
        .map(profile::load)
        .transpose()?;
    // Before a device is waited for.
    disk_image::View::open(&arguments.image).with_exit_code(exit::IMAGE)?;
    if let (Some(path), None) = (&arguments.output, &arguments.device) {
        write(path, profile, arguments, reporter)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut bus = SystemBus;
    let mut connection = Connection::open(arguments, reporter, &mut bus)?;
    let device = connection.identify(profile, arguments)?;
    let (image, root) = build(arguments, &device, reporter)?;
    if let Some(path) = &arguments.output {
        output::write(path, &image, arguments, reporter)?;
    }
    if arguments.output.is_some() || arguments.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    let name = connection.name();
    // For the rate: the first report of the client comes after 1 MiB.
    let start = Progress {
        step: Step::Send,
        bytes: 0,
        total: image.size()?,
    };
    reporter.borrow_mut().report(&Event::Progress(start));
    let gadget = root.as_ref().map(|_| {
        let serial = arguments.request().setting("serial").map(str::to_owned);
        Gadget::new(serial.or(device.serial), connection.usb(), &mut SystemBus)
    });
    let sent = image.send(&mut connection.client).map_err(Into::into);
    let answer = exit::with_code(sent).with_context(|| name.clone())?;
    let sent_at = Instant::now();
    let watch = connection.into_watch();
    let is_observed = watch.is_some();
    let mut watch = UsbWatch::new(&mut bus, watch, gadget);
    if is_observed && !arguments.json {
        cli_main::note(
            "the image is sent; observing the device for up to 30 seconds, which Ctrl-C ends",
        );
    }
    let outcome = observe(answer, is_observed.then_some(&mut watch as _));
    let report = OutcomeReport {
        outcome,
        confirmed: answer == live_boot::Answer::Accepted,
    };
    reporter.borrow_mut().report(&Event::Outcome(report));
    let checked = exit::check(outcome).with_context(|| name);
    let Some(root) = root else {
        checked?;
        return Ok(ExitCode::SUCCESS);
    };
    match outcome {
        // Whether stage0 starts is seen next.
        Outcome::Unconfirmed => {}
        _ => checked?,
    }
    let monitor = Monitor::new(arguments.json, arguments.is_interactive());
    let served = serve_root(&root, &mut watch, sent_at, arguments, &monitor);
    monitor.close(served)
}

/// Waits for stage0, and serves its root.
fn serve_root(
    root: &Root,
    watch: &mut UsbWatch,
    sent_at: Instant,
    arguments: &Arguments,
    monitor: &Monitor,
) -> anyhow::Result<ExitCode> {
    monitor.export(root);
    let device = watch.wait_for_stage0(sent_at, monitor)?;
    monitor.seen(sent_at.elapsed());
    let grace = arguments.grace.map(Duration::from_secs);
    serve::serve(root, &device, None, grace, &mut SystemBus, monitor)
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
    let (image, _) = build(arguments, &device, reporter)?;
    output::write(path, &image, arguments, reporter)
}

/// Chooses what to boot out of the image, and builds the boot image. Returns the root too if it is to be served.
fn build(
    arguments: &Arguments,
    device: &Device,
    reporter: &RefCell<Reporter>,
) -> anyhow::Result<(BootImage, Option<Root>)> {
    let name = || arguments.image.display().to_string();
    let opened = arguments.options.open(&arguments.image);
    let image = opened.with_exit_code(exit::IMAGE)?;
    let system = System::open(&image.files, &arguments.options.choice());
    let system = system.with_context(name).with_exit_code(exit::IMAGE)?;
    let root = arguments.serves().then(|| Root::new(system.volume()));
    let root = root.transpose().with_context(name);
    let root = root.with_exit_code(exit::IMAGE)?;
    let sources = system.sources();
    let request = arguments.request();
    let mut events = |event: Event| reporter.borrow_mut().report(&event);
    let build = |events: &mut live_boot::Events| -> anyhow::Result<BootImage> {
        let plan = Plan::new(&system, &sources, device, &request, events)?;
        output::check(arguments, plan.inputs())?;
        Ok(plan.build(events)?)
    };
    let image = exit::with_code(build(&mut events).with_context(name))?;
    Ok((image, root))
}
