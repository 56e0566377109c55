//! Builds the boot image.

use std::io::{self, BufWriter, Read, Write};

use android_bootimg::{Header, KernelPacking, Limits, PackedKernel, Part, Parts, pack_kernel_file};
use fastboop_stage0_generator::Options;
use read_at::{FileAt, ReadAt};

use crate::{
    Error, Event, Events, ImageReport, InitramfsReport, KernelReport, Plan, Progress, Step, kernel,
};

/// The level of gzip. Level 6 takes twice as long for 2 percent, more than it takes to send them (`docs/boot.md`).
const GZIP_LEVEL: u32 = 3;
/// The bytes after which progress is reported.
const PROGRESS: u64 = 1 << 20;

/// A boot image that fits the boot loader. Its parts are temporary files without names.
#[derive(Debug)]
pub struct BootImage {
    header: Header,
    kernel: FileAt,
    ramdisk: FileAt,
    dtb: Option<Vec<u8>>,
    limits: Limits,
}

impl Plan<'_> {
    /// Packs the kernel, writes the initramfs, and compares their sizes with the limits of the boot loader.
    ///
    /// # Errors
    /// [`Error::Limit`] and [`Error::PackedKernel`] for what is too large, [`Error::BootFiles`] if the image cannot
    /// be read, and [`Error::Temporary`].
    pub fn build(&self, events: &mut Events) -> Result<BootImage, Error> {
        let (kernel, packed) = self.pack_kernel(events)?;
        events(Event::Kernel(self.kernel_report(&packed)));
        let ramdisk = self.write_initramfs(events)?;
        let tree = self.tree.as_ref();
        let dtb = tree.filter(|_| Part::Dtb.is_in(self.header.version));
        let image = BootImage {
            header: self.header.clone(),
            kernel,
            ramdisk,
            dtb: dtb.map(|tree| tree.bytes.clone()),
            limits: Limits::default(),
        };
        let limit = self.check_size(&image)?;
        events(Event::Image(ImageReport {
            size: image.size()?,
            limit,
            header_version: self.header.version.number(),
            page_size: self.header.page_size,
            command_line: String::from_utf8_lossy(&self.header.cmdline).into_owned(),
            command_line_limit: self.parameters.limits.command_line,
        }));
        Ok(image)
    }

    fn pack_kernel(&self, events: &mut Events) -> Result<(FileAt, PackedKernel), Error> {
        let append = self.parameters.kernel_encoding.append_dtb;
        let tree = self.tree.as_ref().filter(|_| append);
        let limit = self.parameters.limits.kernel;
        let packing = KernelPacking {
            gzip: self.is_gzip.then_some(GZIP_LEVEL),
            dtb: tree.map(|tree| &tree.bytes as &dyn ReadAt),
            limit: limit.unwrap_or(u32::MAX.into()),
        };
        let mut image = Counted {
            inner: self.found.kernel.image()?,
            bytes: 0,
            reported: 0,
            total: kernel::window(&self.found.kernel).unwrap_or_default(),
            events,
        };
        pack_kernel_file(&mut image, &packing).map_err(|error| match error {
            android_bootimg::Error::PackedKernel(limit) => Error::PackedKernel {
                limit,
                encoding: self.parameters.kernel_encoding.to_string(),
            },
            android_bootimg::Error::Write(error) => Error::Temporary(error),
            error => error.into(),
        })
    }

    fn kernel_report(&self, packed: &PackedKernel) -> KernelReport {
        let kernel = &self.found.kernel;
        let limits = &self.parameters.limits;
        KernelReport {
            release: self.found.release.clone(),
            architecture: kernel.architecture().to_string(),
            form: kernel.form().to_string(),
            path: self.found.path.clone(),
            encoding: self.parameters.kernel_encoding.to_string(),
            unpacked: packed.unpacked,
            size: packed.size,
            limit: limits.kernel,
            window: kernel::window(kernel),
            window_limit: limits.kernel_window,
        }
    }

    fn write_initramfs(&self, events: &mut Events) -> Result<FileAt, Error> {
        let file = tempfile::tempfile().map_err(Error::Temporary)?;
        let options = Options {
            compression: self.ramdisk_compression,
            mtime: 0,
        };
        let total = self.initramfs.total_bytes();
        let (mut bytes, mut reported) = (0, 0);
        let output = BufWriter::with_capacity(1 << 16, &file);
        let summary = self.initramfs.write(output, &options, &mut |piece| {
            bytes += piece;
            if bytes - reported >= PROGRESS {
                reported = bytes;
                let step = Step::Initramfs;
                events(Event::Progress(Progress { step, bytes, total }));
            }
        })?;
        let limit = self.parameters.limits.ramdisk;
        let stage0 = self.initramfs.stage0();
        check_limit(
            "initramfs",
            summary.size,
            limit,
            "max_initrd_bytes of the profile",
        )?;
        events(Event::Initramfs(InitramfsReport {
            size: summary.size,
            limit,
            unpacked: summary.unpacked,
            compression: self.ramdisk_compression.name(),
            stage0: stage0.version.clone(),
            target: stage0.target.to_string(),
        }));
        FileAt::from_file(file).map_err(Error::Temporary)
    }

    /// Compares the size with the limits of profile and boot loader, and returns the lower one.
    fn check_size(&self, image: &BootImage) -> Result<Option<u64>, Error> {
        let size = image.size()?;
        let (profile, device) = (self.parameters.limits.image, self.max_download);
        check_limit(
            "boot image",
            size,
            profile,
            "max_total_bytes of the profile",
        )?;
        check_limit(
            "boot image",
            size,
            device,
            "max-download-size of the boot loader",
        )?;
        Ok(profile.into_iter().chain(device).min())
    }
}

fn check_limit(
    what: &'static str,
    size: u64,
    limit: Option<u64>,
    source_of_limit: &'static str,
) -> Result<(), Error> {
    match limit {
        Some(limit) if size > limit => Err(Error::Limit {
            what,
            size,
            limit,
            source_of_limit,
            hint: "use a smaller kernel with --kernel, or fewer modules and files",
        }),
        _ => Ok(()),
    }
}

impl BootImage {
    fn plan(&self) -> Result<android_bootimg::Plan<'_>, android_bootimg::Error> {
        let mut parts = Parts::new(&self.kernel, &self.ramdisk);
        parts.dtb = self.dtb.as_ref().map(|dtb| dtb as &dyn ReadAt);
        android_bootimg::Plan::new(self.header.clone(), parts, &self.limits)
    }

    /// The size of the image in bytes.
    ///
    /// # Errors
    /// [`Error::BootImage`] if the parts do not fit the format.
    pub fn size(&self) -> Result<u64, Error> {
        Ok(self.plan()?.size())
    }

    /// Writes the image.
    ///
    /// # Errors
    /// [`Error::BootImage`] if a part cannot be read, or the image cannot be written.
    pub fn write(&self, output: &mut dyn Write) -> Result<(), Error> {
        Ok(self.plan()?.write(output)?)
    }
}

/// Reports how much of the kernel was read.
struct Counted<'a, 'e> {
    inner: Box<dyn Read + 'a>,
    bytes: u64,
    reported: u64,
    /// An estimate: the header has the size in memory, with what is not in the file.
    total: u64,
    events: &'a mut Events<'e>,
}

impl Read for Counted<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        if self.bytes - self.reported >= PROGRESS {
            self.reported = self.bytes;
            (self.events)(Event::Progress(Progress {
                step: Step::Kernel,
                bytes: self.bytes,
                total: self.total.max(self.bytes),
            }));
        }
        Ok(count)
    }
}
