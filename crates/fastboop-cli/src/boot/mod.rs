//! `fastboop boot`: boots a device with an image, or writes the boot image to a file.

mod arguments;
mod output;
mod profile;
mod report;
mod text;

use std::cell::RefCell;

use anyhow::Context;
use cli_main::WithExitCode;
use image_files::System;
use live_boot::{BootImage, Device, DeviceReport, Error, ErrorKind, Event, Plan};

pub use arguments::Arguments;
use report::Reporter;

/// The exit codes besides 1 and 2: `docs/boot.md`.
const IMAGE_UNUSABLE: u8 = 5;

/// Boots the device.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let reporter = RefCell::new(Reporter::new(arguments.json));
    let result = boot(arguments, &reporter);
    reporter.into_inner().finish(result)
}

fn boot(arguments: &Arguments, reporter: &RefCell<Reporter>) -> anyhow::Result<()> {
    let profile = arguments.profile.as_deref().map(profile::load);
    let profile = profile.transpose()?;
    reporter.borrow_mut().report(&Event::Device(DeviceReport {
        profile: profile.as_ref().map(|profile| profile.id.clone()),
        name: profile
            .as_ref()
            .and_then(|profile| profile.display_name.clone()),
        ..DeviceReport::default()
    }));
    let device = Device {
        profile,
        ..Device::default()
    };
    let image = build(arguments, &device, reporter)?;
    match &arguments.output {
        Some(path) => output::write(path, &image, arguments, reporter),
        None => Ok(()),
    }
}

/// Chooses what to boot out of the image, and builds the boot image.
fn build(
    arguments: &Arguments,
    device: &Device,
    reporter: &RefCell<Reporter>,
) -> anyhow::Result<BootImage> {
    let name = || arguments.image.display().to_string();
    let opened = arguments.options.open(&arguments.image);
    let image = opened.with_exit_code(IMAGE_UNUSABLE)?;
    let system = System::open(&image.files, &arguments.options.choice());
    let system = system.with_context(name).with_exit_code(IMAGE_UNUSABLE)?;
    let sources = system.sources();
    let request = arguments.request();
    let mut events = |event: Event| reporter.borrow_mut().report(&event);
    let build = |events: &mut live_boot::Events| -> anyhow::Result<BootImage> {
        let plan = Plan::new(&system, &sources, device, &request, events)?;
        output::check(arguments, plan.inputs())?;
        Ok(plan.build(events)?)
    };
    with_code(build(&mut events).with_context(name))
}

/// Gives an error of the library its exit code.
fn with_code<T>(result: anyhow::Result<T>) -> anyhow::Result<T> {
    let error = result.as_ref().err().and_then(|error| error.downcast_ref());
    match error.map(Error::kind) {
        Some(ErrorKind::Image) => result.with_exit_code(IMAGE_UNUSABLE),
        Some(ErrorKind::Other) | None => result,
    }
}
