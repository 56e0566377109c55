//! `fastboop serve`: serves an image over USB as the root of a device.

mod arguments;
mod interrupt;
mod json;
mod monitor;
mod root;
mod text;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use boot_devices::{Address, Bus, Device, SystemBus, UsbAddress, find_waiting};
use cli_main::WithExitCode;
use usb_root_host::{Counters, End, Error, Server, UsbPort};

pub use arguments::Arguments;
use interrupt::Interrupt;
pub use monitor::Monitor;
pub use root::Root;

use crate::exit;

/// How often a device is asked whether its session goes on, while it does not read.
const STATUS_INTERVAL: Duration = Duration::from_secs(10);
/// The same for a device with smoo's class: smoo's program considers a host gone after 3 seconds without a request.
const SMOO_STATUS_INTERVAL: Duration = Duration::from_secs(1);

/// Serves the image until the user ends it.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let monitor = Monitor::new(arguments.json, !arguments.non_interactive);
    let result = find_and_serve(arguments, &monitor);
    monitor.finish(result)
}

fn find_and_serve(arguments: &Arguments, monitor: &Monitor) -> anyhow::Result<ExitCode> {
    // Before a device is waited for.
    disk_image::View::open(&arguments.image).with_exit_code(exit::IMAGE)?;
    let mut bus = SystemBus;
    let wait = arguments.wait.map(Duration::from_secs);
    let device = find_waiting(arguments.device.as_ref(), wait, &mut bus);
    let device = device.with_exit_code(exit::DEVICE)?;
    let root = Root::open(&arguments.image, &arguments.options)?;
    monitor.export(&root);
    let grace = arguments.grace.map(Duration::from_secs);
    let named = arguments.device.clone();
    serve(&root, &device, named, grace, &mut bus, monitor)
}

/// Serves a device that was found, until the user ends it, or the device is gone. `named` is how the user named it.
pub fn serve(
    root: &Root,
    device: &Device,
    named: Option<UsbAddress>,
    grace: Option<Duration>,
    bus: &mut dyn Bus,
    monitor: &Monitor,
) -> anyhow::Result<ExitCode> {
    let address = named.map_or_else(|| device.address().clone(), Address::Usb);
    let interrupt = Interrupt::install(monitor)?;
    let counters = Counters::default();
    let interface = device.usb().and_then(|usb| usb.root);
    let is_smoo = interface.is_some_and(|interface| interface.is_smoo);
    monitor.device(device, &address);
    let server = Server {
        image: &root.image,
        counters: &counters,
        report: &|event| monitor.report(&event),
        stop: interrupt.stop(),
        status_interval: if is_smoo {
            SMOO_STATUS_INTERVAL
        } else {
            STATUS_INTERVAL
        },
        grace,
    };
    let mut port = UsbPort::new(address.to_string(), bus, |device| match &address {
        Address::Usb(address) => address.matches(device),
        _ => false,
    });
    let end = server.serve(&mut port).map_err(with_code)?;
    monitor.end(end, &counters.totals());
    match end {
        End::Stopped => Ok(ExitCode::from(exit::INTERRUPTED)),
        End::Gone => Ok(ExitCode::SUCCESS),
        End::Loader => {
            let error = anyhow!(
                "{address}: its boot loader came back: the device restarted; boot it again with `fastboop boot`"
            );
            Err(exit::failure(error, exit::REFUSED))
        }
    }
}

/// Gives an error of the library its exit code.
fn with_code(error: Error) -> anyhow::Error {
    let code = match &error {
        Error::Size { .. } | Error::Image { .. } => exit::IMAGE,
        Error::Refused(_) | Error::Version { .. } => exit::REFUSED,
        Error::Open { .. } | Error::List(_) => exit::DEVICE,
    };
    exit::failure(error, code)
}
