//! Recognizes kernels, and reads their release and content.

mod banner;
mod form;
mod header;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, BufReader, Read};

use decompress::Format;
use read_at::{Cursor, ReadAt, Window};

pub use form::{Architecture, Form, ImageHeader, Packing, Payload};

use crate::Error;
use crate::compression::{reader, stream_error};
use crate::uki::Uki;
use header::{HEAD, Head, Zboot};

/// The maximum number of decompressed bytes of a kernel; distributions' have at most 60 MB.
const MAX_IMAGE: u64 = 256 << 20;
/// Bytes that are read at once.
const PIECE: usize = 128 << 10;

/// A kernel that was recognized. It keeps the file open and reads from it only what is asked for.
pub struct Kernel<'a> {
    file: Box<dyn ReadAt + 'a>,
    form: Form,
    architecture: Architecture,
    image_header: Option<ImageHeader>,
    uki: Option<Uki>,
    /// The part of the file with the kernel, compressed or not.
    start: u64,
    size: u64,
}

impl fmt::Debug for Kernel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kernel({}, {} bytes)", self.form, self.size)
    }
}

impl<'a> Kernel<'a> {
    /// Recognizes the kernel in a file. Reads and decompresses only its beginning.
    ///
    /// # Errors
    /// [`Error::NotAKernel`]; [`Error::Damaged`] or [`Error::Decompress`] for one whose parts do not fit;
    /// [`Error::Read`].
    pub fn open(file: impl ReadAt + 'a) -> Result<Self, Error> {
        Self::open_boxed(Box::new(file))
    }

    fn open_boxed(file: Box<dyn ReadAt + 'a>) -> Result<Self, Error> {
        let uki = Uki::read(&*file)?;
        let linux = uki.as_ref().and_then(Uki::linux);
        let (start, size) = linux.map_or((0, file.size()), |linux| (linux.start, linux.size));
        let mut kernel = Kernel {
            form: Form {
                is_uki: uki.is_some(),
                packing: Packing::Plain,
                payload: Payload::Image,
            },
            architecture: Architecture::Arm64,
            image_header: None,
            uki,
            file,
            start,
            size,
        };
        kernel.recognize()?;
        Ok(kernel)
    }

    fn recognize(&mut self) -> Result<(), Error> {
        let head = Head::read(&self.content()?)?;
        if let Some(zboot) = Zboot::parse(&head) {
            return self.recognize_zboot(&zboot);
        }
        if let Some(format) = Format::detect(head.bytes()) {
            return self.recognize_packed(format, Packing::Compressed(format));
        }
        let payload = head.payload().ok_or(Error::NotAKernel)?;
        (self.form.payload, self.architecture) = payload;
        self.image_header = head.image_header();
        Ok(())
    }

    fn recognize_zboot(&mut self, zboot: &Zboot) -> Result<(), Error> {
        let end = zboot.offset.checked_add(zboot.size);
        if end.is_none_or(|end| end > self.size) {
            return Err(Error::Damaged(format!(
                "EFI zboot header: the payload has {} bytes at {}, the file {} bytes",
                zboot.size, zboot.offset, self.size
            )));
        }
        (self.start, self.size) = (self.start + zboot.offset, zboot.size);
        let format = Format::detect(Head::read(&self.content()?)?.bytes());
        let unknown = || Error::Decompress(format!("EFI zboot with {}", zboot.compression));
        let format = format.ok_or_else(unknown)?;
        self.recognize_packed(format, Packing::Zboot(format))
    }

    /// Recognizes a compressed Image. Only Images are compressed as a whole: the other forms decompress
    /// themselves.
    fn recognize_packed(&mut self, format: Format, packing: Packing) -> Result<(), Error> {
        let mut bytes = Vec::new();
        let read = reader(format, self.content()?)?
            .take(HEAD as u64)
            .read_to_end(&mut bytes);
        read.map_err(stream_error)?;
        let head = Head::from(bytes);
        match head.payload() {
            Some((Payload::Image, architecture)) => self.architecture = architecture,
            _ => return Err(Error::NotAKernel),
        }
        self.form.packing = packing;
        self.image_header = head.image_header();
        Ok(())
    }

    /// How the kernel is stored.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The architecture that the kernel runs on.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// The header of an arm64 or RISC-V Image.
    pub fn image_header(&self) -> Option<&ImageHeader> {
        self.image_header.as_ref()
    }

    /// The unified kernel image that holds the kernel, and the file for its methods.
    pub fn uki(&self) -> Option<(&Uki, &dyn ReadAt)> {
        self.uki.as_ref().map(|uki| (uki, &*self.file))
    }

    /// The part of the file with the kernel, as it is stored.
    fn content(&self) -> io::Result<Window<&(dyn ReadAt + 'a)>> {
        Window::new(&*self.file, self.start, self.size)
    }

    /// Returns the kernel's content: a decompressed Image, or a zImage or bzImage, which decompress
    /// themselves, as it is stored. Reading it fails beyond 256 MiB.
    ///
    /// # Errors
    /// [`Error::Read`] and [`Error::Decompress`].
    pub fn image(&self) -> Result<Box<dyn Read + '_>, Error> {
        let content = self.content()?;
        let image: Box<dyn Read + '_> = match self.form.packing {
            Packing::Plain => Box::new(BufReader::with_capacity(PIECE, Cursor::new(content))),
            Packing::Compressed(format) | Packing::Zboot(format) => reader(format, content)?,
        };
        Ok(Box::new(Limited {
            image,
            left: MAX_IMAGE,
        }))
    }

    /// Returns the release as `uname -r` prints it, from the kernel's content: from its banner, which is
    /// searched while decompressing, or from the header of a bzImage. `None` if neither has it.
    ///
    /// # Errors
    /// [`Error::Read`] and [`Error::Decompress`].
    pub fn release(&self) -> Result<Option<String>, Error> {
        let release = match self.form.payload {
            Payload::Image => banner::find(&mut *self.image()?, MAX_IMAGE)?,
            Payload::ZImage => banner::find_in_zimage(&self.content()?, MAX_IMAGE)?,
            Payload::BzImage => header::bzimage_release(&self.content()?)?,
        };
        Ok(release)
    }
}

/// Fails where the limit is exceeded, so that a truncated kernel is not taken for a whole one.
struct Limited<R> {
    image: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.image.read(bytes)?;
        let left = self.left.checked_sub(count as u64);
        self.left = left.ok_or_else(|| {
            let what = format!("the kernel has more than {} MiB", MAX_IMAGE >> 20);
            io::Error::new(io::ErrorKind::InvalidData, what)
        })?;
        Ok(count)
    }
}
