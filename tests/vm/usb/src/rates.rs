//! The rate of downloads by our client and by Android's, in turns, for the benchmark.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use crate::android;
use crate::phone::{Phone, image};

/// What to measure.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Android's client
    #[arg(long)]
    fastboot: PathBuf,
    /// The size of a download in MB
    #[arg(long, default_value_t = 30)]
    megabytes: usize,
    /// How often each client downloads
    #[arg(long, default_value_t = 3)]
    runs: u32,
}

/// Prints lines such as `usb-rate: fastboop 12.34`, in MB/s. Like that of Android's client, our time begins before the device is
/// opened.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let image = image(arguments.megabytes * 1_000_000);
    fs::write("/tmp/image", &image)?;
    for _ in 0..arguments.runs {
        let phone = Phone::plain()?;
        print("fastboop", image.len(), || {
            let mut client = phone.client()?;
            Ok(client.download(&mut image.as_slice(), image.len() as u64)?)
        })?;
        drop(phone);
        let _phone = Phone::plain()?;
        print("android", image.len(), || {
            android::run(&arguments.fastboot, &["stage", "/tmp/image"]).map(drop)
        })?;
    }
    Ok(())
}

fn print(
    name: &str,
    bytes: usize,
    download: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let start = Instant::now();
    download()?;
    let rate = bytes as f64 / 1e6 / start.elapsed().as_secs_f64();
    cli_main::note(format_args!("usb-rate: {name} {rate:.2}"));
    Ok(())
}
