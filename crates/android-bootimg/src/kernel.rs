//! The kernel part for boot loaders that expect it compressed with gzip, with a device tree behind it.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};

use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use read_at::{Cursor, FileAt, ReadAt, Window};

use crate::Error;

/// The magic number of a device tree: Devicetree Specification 0.4, section 5.2.
const DTB_MAGIC: u32 = 0xd00d_feed;
/// The number of bytes that are read at once.
const PIECE: usize = 128 << 10;
/// The maximum number of decompressed bytes that are skipped in search of the appended device tree.
const MAX_KERNEL: u64 = 256 << 20;
/// The operating system in the header of a gzip stream: unknown (RFC 1952, section 2.3.1).
const UNKNOWN_SYSTEM: u8 = 255;

/// How a kernel is packed.
#[derive(Clone, Copy)]
pub struct KernelPacking<'a> {
    /// The level of gzip, from 1 to 9 (larger ones are 9); `None` leaves the kernel as it is.
    pub gzip: Option<u32>,
    /// The device tree to append.
    pub dtb: Option<&'a dyn ReadAt>,
    /// The maximum size of the packed kernel in bytes, with the device tree.
    pub limit: u64,
}

/// The sizes of a kernel that was packed, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackedKernel {
    /// The size of the kernel as it was read.
    pub unpacked: u64,
    /// The size of the kernel that was written, where the device tree begins.
    pub packed: u64,
    /// The size of the kernel that was written, with the device tree.
    pub size: u64,
}

/// Packs a kernel: `gz`, `gz+dtb` or `raw+dtb`. Reads and writes streams; equal input gives equal bytes.
///
/// # Errors
/// [`Error::DeviceTree`] if what is to be appended is not one device tree, [`Error::PackedKernel`] beyond the limit,
/// [`Error::Read`] and [`Error::Write`].
pub fn pack_kernel(
    kernel: &mut dyn Read,
    packing: &KernelPacking,
    output: &mut dyn Write,
) -> Result<PackedKernel, Error> {
    if let Some(dtb) = packing.dtb {
        check_dtb(dtb)?;
    }
    let mut output = Limited {
        output,
        size: 0,
        limit: packing.limit,
    };
    let unpacked = match packing.gzip {
        Some(level) => {
            let builder = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM);
            let mut encoder = builder.write(&mut output, Compression::new(level.min(9)));
            let copied = copy("kernel", kernel, &mut encoder);
            let finished = copied.and_then(|size| Ok((size, finish(encoder)?)));
            finished.map_err(|error| output.explain(error))?.0
        }
        None => copy("kernel", kernel, &mut output).map_err(|error| output.explain(error))?,
    };
    let packed = output.size;
    if let Some(dtb) = packing.dtb {
        let copied = copy("dtb", &mut Cursor::new(dtb), &mut output);
        copied.map_err(|error| output.explain(error))?;
    }
    output.flush().map_err(Error::Write)?;
    let size = output.size;
    Ok(PackedKernel {
        unpacked,
        packed,
        size,
    })
}

/// Packs a kernel into a temporary file without a name, for [`Parts`](crate::Parts).
///
/// # Errors
/// As [`pack_kernel`]; [`Error::Write`] if the file cannot be created.
pub fn pack_kernel_file(
    kernel: &mut dyn Read,
    packing: &KernelPacking,
) -> Result<(FileAt, PackedKernel), Error> {
    let mut file: File = tempfile::tempfile().map_err(Error::Write)?;
    let packed = pack_kernel(kernel, packing, &mut file)?;
    let file = FileAt::from_file(file).map_err(Error::Write)?;
    Ok((file, packed))
}

fn finish(encoder: GzEncoder<&mut Limited>) -> Result<(), Error> {
    encoder.finish().map(|_| ()).map_err(Error::Write)
}

/// Copies everything and returns the number of bytes. Unlike [`io::copy`], it distinguishes errors of both sides.
fn copy(what: &'static str, input: &mut dyn Read, output: &mut dyn Write) -> Result<u64, Error> {
    let mut piece = vec![0; PIECE];
    let mut size = 0;
    loop {
        let count = match input.read(&mut piece) {
            Ok(0) => return Ok(size),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::Read { what, error }),
        };
        let bytes = piece.get(..count).unwrap_or_default();
        output.write_all(bytes).map_err(Error::Write)?;
        size += count as u64;
    }
}

/// Fails where the limit is exceeded, before that is written.
struct Limited<'a> {
    output: &'a mut dyn Write,
    size: u64,
    limit: u64,
}

impl Limited<'_> {
    /// Replaces the error of a write that exceeded the limit.
    fn explain(&self, error: Error) -> Error {
        if self.size <= self.limit {
            return error;
        }
        Error::PackedKernel(self.limit)
    }
}

impl Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = self.size.saturating_add(bytes.len() as u64);
        if size > self.limit {
            self.size = size;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let count = self.output.write(bytes)?;
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Returns the size in bytes of the device tree that the content begins with.
fn dtb_size(content: &dyn ReadAt) -> io::Result<Option<u32>> {
    let mut head = [0; 8];
    if content.read_up_to_at(&mut head, 0)? < head.len() {
        return Ok(None);
    }
    let [a, b, c, d, size @ ..] = head;
    let is_dtb = u32::from_be_bytes([a, b, c, d]) == DTB_MAGIC;
    Ok(is_dtb.then(|| u32::from_be_bytes(size)))
}

fn check_dtb(dtb: &dyn ReadAt) -> Result<(), Error> {
    let size = dtb_size(dtb).map_err(|error| Error::Read { what: "dtb", error })?;
    let found = dtb.size();
    match size {
        None => Err(Error::DeviceTree(format!(
            "expected the magic number {DTB_MAGIC:#x} at the beginning of {found} bytes"
        ))),
        Some(size) if u64::from(size) != found => Err(Error::DeviceTree(format!(
            "expected {size} bytes by its header, found {found}"
        ))),
        Some(_) => Ok(()),
    }
}

/// Returns the device tree that follows a kernel compressed with gzip; `None` if the kernel is not compressed
/// with gzip, or nothing that begins like a device tree follows.
///
/// # Errors
/// If the content cannot be read, and `InvalidData` if the stream is damaged or has more than 256 MiB.
pub fn appended_dtb<R: ReadAt + Clone>(kernel: &R) -> io::Result<Option<Window<R>>> {
    let mut magic = [0; 3];
    kernel.read_up_to_at(&mut magic, 0)?;
    if magic != [0x1f, 0x8b, 8] {
        return Ok(None);
    }
    let input = BufReader::with_capacity(PIECE, Cursor::new(kernel));
    let mut decoder = GzDecoder::new(input).take(MAX_KERNEL + 1);
    let size = io::copy(&mut decoder, &mut io::sink()).map_err(damaged)?;
    if size > MAX_KERNEL {
        let what = format!("the kernel has more than {} MiB", MAX_KERNEL >> 20);
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    let mut input = decoder.into_inner().into_inner();
    let unused = input.fill_buf()?.len() as u64;
    let end = input.get_ref().position() - unused;
    let rest = Window::new(kernel.clone(), end, kernel.size() - end)?;
    let is_inside = |size: u32| u64::from(size) <= rest.size();
    match dtb_size(&rest)?.filter(|size| is_inside(*size)) {
        Some(size) => Ok(Some(Window::new(kernel.clone(), end, size.into())?)),
        None => Ok(None),
    }
}

fn damaged(error: io::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("gzip stream: {error}"))
}
