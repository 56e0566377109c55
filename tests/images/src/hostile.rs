//! Damaged images.

use std::io;
use std::path::Path;

use file_system::{FileSystem, FileType};
use read_at::ReadAt;

/// An image whose bytes from `start` on are replaced by others, or that ends there.
#[derive(Debug)]
pub struct Faulty<'a> {
    /// The intact image.
    pub image: &'a [u8],
    /// The offset in bytes of the damage.
    pub start: usize,
    /// The bytes in place of the image's; `None` truncates it.
    pub bytes: Option<Vec<u8>>,
}

impl ReadAt for Faulty<'_> {
    fn size(&self) -> u64 {
        match self.bytes {
            Some(_) => self.image.len() as u64,
            None => self.start as u64,
        }
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > self.size()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.image.read_exact_at(bytes, offset)?;
        let Some(damage) = &self.bytes else {
            return Ok(());
        };
        for (place, byte) in bytes.iter_mut().zip(offset..) {
            let position = usize::try_from(byte)
                .ok()
                .and_then(|at| at.checked_sub(self.start));
            if let Some(byte) = position.and_then(|at| damage.get(at)) {
                *place = *byte;
            }
        }
        Ok(())
    }
}

/// Damages of an image at each multiple of `step` bytes: truncation, and fields of 1 to 8 bytes that are
/// zero, all ones, or huge.
pub fn damages(image: &[u8], step: usize) -> impl Iterator<Item = Faulty<'_>> {
    const FIELDS: [Option<&[u8]>; 8] = [
        None,
        Some(&[0]),
        Some(&[0xff]),
        Some(&[0x7f]),
        Some(&[0; 4]),
        Some(&[0xff; 4]),
        Some(&[0xff; 8]),
        Some(&[0, 0, 0, 0, 0, 0, 0, 0x80]),
    ];
    (0..image.len()).step_by(step).flat_map(move |start| {
        FIELDS.iter().map(move |bytes| Faulty {
            image,
            start,
            bytes: bytes.map(<[u8]>::to_vec),
        })
    })
}

/// Reads as much as is possible without reading long, whatever errors there are. Returns the number of files.
pub fn read_some(fs: &dyn FileSystem, directory: &Path, depth: usize) -> usize {
    let entries = fs.read_dir(directory).unwrap_or_default();
    let mut count = 0;
    for entry in entries.iter().rev().take(20) {
        let path = directory.join(&entry.name);
        let _ = (
            fs.metadata(&path),
            fs.attributes(&path),
            fs.read_link(&path),
        );
        if let Ok(file) = fs.open(&path) {
            let mut bytes = vec![0; 100];
            for offset in [0, file.size().saturating_sub(100)] {
                let _ = file.read_up_to_at(&mut bytes, offset);
            }
        }
        count += 1;
        if entry.file_type == FileType::Directory && depth < 4 {
            count += read_some(fs, &path, depth + 1);
        }
    }
    count
}
