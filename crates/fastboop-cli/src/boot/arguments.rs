//! The arguments of `fastboop boot`.

use std::path::{Path, PathBuf};

use boot_devices::Address;
use clap::Args;
use fastboop_stage0_generator::ExtraFile;
use live_boot::{Request, RootSource};

use crate::image::ImageOptions;
use crate::key_value::parse_key_value;

/// The arguments of `fastboop boot`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop boot debian.img                            boot the device that is connected, and serve its root
  fastboop boot debian.img.xz --device usb:1a2b3c4d   one of several
  fastboop boot debian.img --profile oneplus-fajita -o boot.img
  fastboop boot debian.img --profile ./my-phone.yaml --dry-run
  fastboop boot pmos.img.xz -o boot.img               as the image's deviceinfo describes
  fastboop boot debian.img --kernel Image.gz --dtb board.dtb --cmdline-append console=ttyAMA0
  fastboop boot debian.img --root PARTLABEL=userdata --module sdhci_msm

Nothing is written to the device: kernel and initramfs are sent into its memory, and its root file system stays in the image, which this
command serves over USB until Ctrl-C. docs/boot.md lists the exit codes.")]
pub struct Arguments {
    /// The image with the system: a disk, a partition or a file system, also compressed or an Android sparse image
    pub image: PathBuf,
    /// The profile of the device: an id as in `fastboop profile list`, or a file, whose path contains a slash
    #[arg(long, value_name = "ID")]
    pub profile: Option<String>,
    /// The device: usb:SERIAL, usb:BUS-PORT, udp:HOST[:PORT] or tcp:HOST[:PORT]; by default, the only one on USB
    #[arg(long, value_name = "ADDRESS")]
    pub device: Option<Address>,
    /// How long to wait for the device, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub wait: Option<u64>,
    /// Where the root is: usb, served by this command; disk, the file system of the image on a disk of the device, found by its UUID;
    /// or a value of stage0's setting root, such as PARTLABEL=userdata
    #[arg(long, value_name = "DEVICE", default_value = "usb")]
    root: String,
    /// End when the device has been disconnected for this many seconds; by default, it is waited for until Ctrl-C
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub grace: Option<u64>,
    /// Send the image although the boot loader reports that it is locked
    #[arg(long)]
    pub ignore_lock: bool,
    /// A file with the kernel, instead of the kernel in the image
    #[arg(long, value_name = "FILE", conflicts_with = "kernel_release")]
    kernel: Option<PathBuf>,
    /// The release of the kernel in the image; by default, the newest
    #[arg(long, value_name = "RELEASE")]
    kernel_release: Option<String>,
    /// The device tree: a file, or a name in the image such as qcom/sdm845-oneplus-fajita; by default, that of the profile
    #[arg(long, value_name = "FILE|NAME")]
    dtb: Option<String>,
    /// An overlay to apply to the device tree: a file, or a name in the image
    #[arg(long, value_name = "FILE|NAME")]
    dtbo: Vec<String>,
    /// A module to include and to load, besides those that the image and the device need
    #[arg(long = "module", value_name = "NAME")]
    modules: Vec<String>,
    /// A setting of stage0; docs/stage0.md lists all settings
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_key_value)]
    set: Vec<(String, String)>,
    /// Arguments for the kernel, after those of the profile
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    cmdline_append: Vec<String>,
    /// A file, or a directory with all its entries, for the initramfs; write \: for a colon in a path, \\ for a backslash
    #[arg(long = "file", value_name = "SOURCE:DEST[:MODE]")]
    files: Vec<ExtraFile>,
    /// The stage0 to use instead of the embedded one
    #[arg(long, value_name = "FILE")]
    stage0: Option<PathBuf>,
    /// Write the boot image to a file instead of sending it; without --device, no device is contacted
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Choose, build and check everything, and neither send nor write it
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON object a line, for programs
    #[arg(long)]
    pub json: bool,
    /// Never prompt: fail where several profiles match
    #[arg(long)]
    non_interactive: bool,
    #[command(flatten)]
    pub options: ImageOptions,
}

impl Arguments {
    /// What the user requests of the boot image.
    pub fn request(&self) -> Request {
        let mut settings = self.set.clone();
        let root = match self.root.as_str() {
            "usb" => RootSource::Usb,
            "disk" => RootSource::Disk,
            other => {
                settings.push(("root".to_owned(), other.to_owned()));
                RootSource::Disk
            }
        };
        Request {
            root,
            kernel: self.kernel.clone(),
            kernel_release: self.kernel_release.clone(),
            dtb: self.dtb.clone(),
            dtbo: self.dtbo.clone(),
            modules: self.modules.clone(),
            settings,
            cmdline_append: self.cmdline_append.clone(),
            files: self.files.clone(),
            stage0: self.stage0.clone(),
        }
    }

    /// Whether the root is served after the image was sent.
    pub fn serves(&self) -> bool {
        self.output.is_none() && !self.dry_run && self.request().is_root_over_usb()
    }

    /// Whether the user may be asked.
    pub fn is_interactive(&self) -> bool {
        !self.non_interactive && !self.json
    }

    /// The files that are read besides those in the initramfs.
    pub fn inputs(&self) -> impl Iterator<Item = &Path> {
        let trees = self.dtb.iter().chain(&self.dtbo).map(Path::new);
        let files = [Some(&self.image), self.kernel.as_ref()];
        files
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
            .chain(trees)
    }
}
