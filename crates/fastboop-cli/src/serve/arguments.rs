//! The arguments of `fastboop serve`.

use std::path::PathBuf;

use boot_devices::{Address, UsbAddress};
use clap::Args;

use crate::image::ImageOptions;

/// The arguments of `fastboop serve`.
#[derive(Debug, Args)]
#[command(
    about = "Serve an image as the root of a device that booted stage0",
    long_about = "Serve an image as the root of a device that booted stage0

A device that was booted with `fastboop boot` gets its root file system over USB, from a file on this machine: `fastboop boot` goes on
to serve it. This command does the same for a device that is already booted, for example after `fastboop boot` was ended, or in another
terminal. The image is never written to, and must not change while it is served.

While the device is disconnected, or this command does not run, whatever reads from the root waits on the device; once both are back, it
goes on. Serve the same image then: the device refuses another one.",
    after_help = "Examples:
  fastboop serve debian.img                           the only device that waits for its root
  fastboop serve debian.img.xz --device usb:1a2b3c4d  the one with this serial number
  fastboop serve debian.img --wait 60                 wait until one does
  fastboop serve debian.img --grace 30                end when the device is gone for 30 seconds
  fastboop serve debian.img --json                    one event a line

Ctrl-C ends it; while a device uses its root, only the second one does. docs/serve.md lists exit codes and events.",
    mut_arg("deployment", |argument| argument.hide(true))
)]
pub struct Arguments {
    /// The image that the device was booted with: a disk, a partition or a file system, also compressed or an Android sparse image
    pub image: PathBuf,
    /// The device: usb:SERIAL or usb:BUS-PORT; by default, the only one that waits for its root
    #[arg(long, value_name = "ADDRESS", value_parser = parse_device)]
    pub device: Option<UsbAddress>,
    /// How long to wait for the device at first, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub wait: Option<u64>,
    /// End when the device has been disconnected for this many seconds; by default, it is waited for until Ctrl-C
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub grace: Option<u64>,
    /// Print one JSON object a line, for programs
    #[arg(long)]
    pub json: bool,
    /// Never draw a status line, and end at the first Ctrl-C
    #[arg(long)]
    pub non_interactive: bool,
    #[command(flatten)]
    pub options: ImageOptions,
}

fn parse_device(text: &str) -> Result<UsbAddress, String> {
    match text.parse() {
        Ok(Address::Usb(address)) => Ok(address),
        Ok(_) => {
            Err("expected usb:SERIAL or usb:BUS-PORT: a root is served over USB only".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}
