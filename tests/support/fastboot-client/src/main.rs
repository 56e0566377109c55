//! `fastboot-client`: queries a fastboot device over UDP, offers it an image that is too large, and boots a kernel on it, with
//! the crates that fastboop uses. Prints what the device answers.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use android_bootimg::{
    Addresses, Header, KernelPacking, Limits, Offsets, Parts, Plan, Version, pack_kernel_file,
};
use anyhow::{Context, bail};
use clap::Parser;
use fastboot::{Boot, Client, Error, Transport, VariableName};
use fastboot_net::{Address, UdpLimits, UdpTransport};
use read_at::{Cursor, FileAt};

/// Boot a kernel on a fastboot device over UDP.
#[derive(Parser)]
#[command(name = "fastboot-client", version)]
struct Arguments {
    /// The device: HOST[:PORT]
    device: Address,
    /// The kernel
    #[arg(long)]
    kernel: PathBuf,
    /// The initramfs
    #[arg(long)]
    ramdisk: PathBuf,
    /// The device tree: makes an image of version 2, and compresses the kernel with gzip. Without it, version 0
    #[arg(long)]
    dtb: Option<PathBuf>,
    /// The address of the kernel in the device's memory. 128 MiB must be free there for it, and more for the initramfs
    #[arg(long, value_parser = parse_hexadecimal)]
    base: u32,
    /// The kernel command line
    #[arg(long)]
    cmdline: String,
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let image = boot_image(&arguments)?;
    let transport = UdpTransport::connect(&arguments.device, UdpLimits::default())?;
    let mut client = Client::new(transport, fastboot::Limits::default(), |_| {});
    // U-Boot rejects the request for a variable that is not set, and for one that it does not know.
    for name in ["version", "product", "serialno", "no-such-variable"] {
        let value = client.getvar(&VariableName::new(name)?)?;
        cli_main::print(format!("{name}: {value:?}\n"))?;
    }
    cli_main::print(format!("is unlocked: {:?}\n", client.is_unlocked()?))?;
    offer_large_image(&mut client)?;
    client.download(&mut image.as_slice(), image.len() as u64)?;
    cli_main::print(format!("sent {} bytes\n", image.len()))?;
    match client.boot()? {
        Boot::Accepted => cli_main::print("boot: accepted\n"),
        other => bail!("boot: {other:?}"),
    }
}

/// Requires that an image larger than the device accepts is rejected before it is sent.
fn offer_large_image(client: &mut Client<'_, impl Transport>) -> anyhow::Result<()> {
    let max = client
        .max_download_size()?
        .context("no max-download-size")?;
    match client.download(&mut io::repeat(0).take(max + 1), max + 1) {
        Err(error @ Error::TooLarge { .. }) => cli_main::print(format!("{error}\n")),
        other => bail!("expected an error about the size, found {other:?}"),
    }
}

fn boot_image(arguments: &Arguments) -> anyhow::Result<Vec<u8>> {
    let kernel = open(&arguments.kernel)?;
    let ramdisk = open(&arguments.ramdisk)?;
    let dtb = arguments.dtb.as_deref().map(open).transpose()?;
    let packing = KernelPacking {
        gzip: dtb.is_some().then_some(1),
        dtb: None,
        limit: u64::MAX,
    };
    let (kernel, _) = pack_kernel_file(&mut Cursor::new(&kernel), &packing)?;
    let version = dtb.as_ref().map_or(Version::V0, |_| Version::V2);
    let offsets = Offsets {
        kernel: 0,
        ramdisk: 0x0800_0000,
        ..Offsets::default()
    };
    let mut header = Header::new(version);
    header.addresses = Some(Addresses::new(arguments.base, &offsets)?);
    header.cmdline = arguments.cmdline.clone().into_bytes();
    let mut parts = Parts::new(&kernel, &ramdisk);
    if let Some(dtb) = &dtb {
        parts.dtb = Some(dtb);
    }
    let mut image = Vec::new();
    Plan::new(header, parts, &Limits::default())?.write(&mut image)?;
    Ok(image)
}

fn open(path: &Path) -> anyhow::Result<FileAt> {
    FileAt::open(path).with_context(|| path.display().to_string())
}

fn parse_hexadecimal(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix("0x").ok_or("expected 0x")?;
    u32::from_str_radix(digits, 16).map_err(|error| error.to_string())
}
