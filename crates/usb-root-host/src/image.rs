//! The image that is served.

use std::num::NonZeroU32;

use read_at::{ReadAt, Shared};
use sha2::{Digest, Sha256};
use smoo_wire::{Export, ExportId};

use crate::Error;

/// The unit of requests. The smallest that the protocol allows: the device can mount file systems with blocks of any size.
const BLOCK_SIZE: u32 = 512;
/// How much of the beginning and of the end the number of the export depends on, in bytes.
const EDGE: u64 = 1 << 20;
/// The number and size of the samples in between.
const SAMPLES: u64 = 64;
const SAMPLE_SIZE: u64 = 4096;

/// An image as the device sees it: the content of a file system, filled with zeros to whole blocks.
pub struct RootImage {
    name: String,
    content: Shared,
    export: Export,
}

impl RootImage {
    /// Reads samples of `content`, from which the export gets its number: the same image has the same number everywhere. `name` is
    /// for messages.
    ///
    /// # Errors
    /// [`Error::Size`] and [`Error::Image`].
    pub fn new(name: &str, content: Shared) -> Result<Self, Error> {
        let size = content.size();
        let invalid = || Error::Size {
            name: name.to_owned(),
            size,
        };
        let padded = size.checked_next_multiple_of(BLOCK_SIZE.into());
        let id = ExportId(number(name, &content)?);
        let export = Export::new(id, BLOCK_SIZE, padded.ok_or_else(invalid)?);
        Ok(RootImage {
            name: name.to_owned(),
            content,
            export: export.map_err(|_| invalid())?,
        })
    }

    /// The name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the device is told of the image.
    pub fn export(&self) -> &Export {
        &self.export
    }

    /// Fills `bytes` with the content from `position` on, and with zeros beyond its end.
    pub(crate) fn read(&self, position: u64, bytes: &mut [u8]) -> std::io::Result<()> {
        let count = self.content.read_up_to_at(bytes, position)?;
        bytes.get_mut(count..).unwrap_or_default().fill(0);
        Ok(())
    }
}

/// 32 bits of SHA-256 over the size, the first and the last MiB, and samples spread evenly.
fn number(name: &str, content: &Shared) -> Result<NonZeroU32, Error> {
    let size = content.size();
    let mut hash = Sha256::new();
    hash.update(size.to_le_bytes());
    let mut buffer = vec![0; EDGE as usize];
    let step = size / SAMPLES;
    let samples = (0..SAMPLES).map(|index| (index * step, SAMPLE_SIZE));
    let edges = [(0, EDGE), (size.saturating_sub(EDGE), EDGE)];
    for (position, length) in edges.into_iter().chain(samples) {
        let part = buffer.get_mut(..length as usize).unwrap_or_default();
        let count = content.read_up_to_at(part, position);
        let count = count.map_err(|cause| Error::Image {
            name: name.to_owned(),
            position,
            cause,
        })?;
        hash.update(part.get(..count).unwrap_or_default());
    }
    let digest = hash.finalize();
    let number = digest
        .iter()
        .take(4)
        .fold(0, |number, byte| number << 8 | u32::from(*byte));
    // 0 is not a valid number.
    Ok(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::Arc;

    fn image(content: Vec<u8>) -> RootImage {
        RootImage::new("root", Arc::new(content)).unwrap()
    }

    #[test]
    fn the_number_depends_on_size_and_samples() {
        let size = 8 << 20;
        let first = image(vec![1; size]).export().id();
        assert_eq!(image(vec![1; size]).export().id(), first);
        assert_ne!(image(vec![1; size + 512]).export().id(), first);
        for position in [0, EDGE as usize - 1, 4 << 20, size - 1] {
            let mut content = vec![1; size];
            content[position] = 2;
            assert_ne!(image(content).export().id(), first, "{position}");
        }
        // The definition: another version of fastboop has to go on where this one ended.
        assert_eq!(image(vec![1; 512]).export().id().to_string(), "7571d376");
    }

    #[test]
    fn fills_the_last_block_with_zeros() {
        let image = image(vec![7; 700]);
        assert_eq!(image.export().size(), 1024);
        let mut bytes = [1; 512];
        image.read(512, &mut bytes).unwrap();
        assert_eq!(bytes[..188], [7; 188]);
        assert_eq!(bytes[188..], [0; 324]);
    }

    #[test]
    fn rejects_empty_images_and_reports_where_reading_fails() {
        let error = RootImage::new("root", Arc::new(Vec::new())).err().unwrap();
        let expected = "root: 0 bytes cannot be a root file system; name another image";
        assert_eq!(error.to_string(), expected);

        struct Broken;
        impl ReadAt for Broken {
            fn size(&self) -> u64 {
                4 << 20
            }
            fn read_exact_at(&self, _: &mut [u8], offset: u64) -> io::Result<()> {
                match offset {
                    0 => Ok(()),
                    _ => Err(io::Error::other("damaged")),
                }
            }
        }
        let error = RootImage::new("root", Arc::new(Broken)).err().unwrap();
        let expected = "root: cannot read at byte 3145728: damaged";
        assert_eq!(error.to_string(), expected);
    }
}
