//! What the fuzz targets of images share: real images with a few bytes changed, and visits to their files.

use std::io::{self, Read};
use std::path::Path;

use file_system::{Entry, Error, FileSystem, FileType, ReadAt, resolve, walk};

/// The number of files that are listed, of which one in `STEP` is visited, and of bytes that are read at once.
const MAX_FILES: usize = 48;
const STEP: usize = 16;
const PIECE: usize = 70_001;

/// Returns an image of tests/images/seeds, decompressed if it is compressed with xz.
pub fn seed(bytes: &[u8]) -> Vec<u8> {
    if !bytes.starts_with(b"\xfd7zXZ") {
        return bytes.to_vec();
    }
    let mut image = Vec::new();
    let mut reader = lzma_rust2::XzReader::new(bytes, false);
    reader.read_to_end(&mut image).expect("a valid seed");
    image
}

/// An image with patches. Random bytes would rarely get past the superblock.
pub struct Patched {
    image: &'static [u8],
    patches: Vec<(usize, Vec<u8>)>,
    size: usize,
}

impl Patched {
    /// Interprets `input` as patches of `image`: an offset in 3 bytes, a length, and the bytes. An incomplete
    /// patch truncates the image at its offset.
    pub fn new(image: &'static [u8], mut input: &[u8]) -> Self {
        let mut patched = Patched {
            image,
            patches: Vec::new(),
            size: image.len(),
        };
        while let Some(([a, b, c, length], rest)) = input.split_first_chunk() {
            let offset = u32::from_le_bytes([*a, *b, *c, 0]) as usize % image.len();
            match rest.split_at_checked(usize::from(length % 17)) {
                Some((bytes, rest)) => {
                    patched.patches.push((offset, bytes.to_vec()));
                    input = rest;
                }
                None => {
                    patched.size = offset;
                    break;
                }
            }
        }
        patched
    }
}

impl ReadAt for Patched {
    fn size(&self) -> u64 {
        self.size as u64
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let rest = self.image.get(..self.size).unwrap_or_default();
        rest.read_exact_at(bytes, offset)?;
        for (start, patch) in &self.patches {
            for (at, byte) in (*start as u64..).zip(patch) {
                let place = at
                    .checked_sub(offset)
                    .and_then(|at| bytes.get_mut(at as usize));
                if let Some(place) = place {
                    *place = *byte;
                }
            }
        }
        Ok(())
    }
}

/// Visits some files of a file system in every way that the interface has, and checks what it promises. `choice` decides
/// which.
pub fn visit(fs: &dyn FileSystem, choice: u8) {
    let mut files = Vec::new();
    let _ = walk(fs, Path::new(""), &mut |path: &Path, entry: &Entry| {
        files.push((path.to_owned(), entry.clone()));
        if files.len() < MAX_FILES {
            Ok(())
        } else {
            Err(Error::TooLarge(String::new()))
        }
    });
    for (path, entry) in files.iter().skip(usize::from(choice) % STEP).step_by(STEP) {
        assert!(!entry.name.is_empty() && Path::new(&entry.name).components().count() == 1);
        visit_file(fs, path);
    }
    let _ = fs.metadata(Path::new("missing/file"));
}

fn visit_file(fs: &dyn FileSystem, path: &Path) {
    let Ok(metadata) = fs.metadata(path) else {
        return;
    };
    let _ = fs.attributes(path);
    if let Ok(resolved) = resolve(fs, path) {
        assert!(resolved.is_relative());
    }
    if let Ok(target) = fs.read_link(path) {
        assert!(metadata.file_type == FileType::Symlink && target.len() <= 4096);
    }
    let Ok(file) = fs.open(path) else { return };
    assert_eq!(file.size(), metadata.size);
    let mut piece = vec![0; PIECE];
    for offset in [
        0,
        1,
        file.size() / 2,
        file.size().saturating_sub(10),
        u64::MAX,
    ] {
        if let Ok(count) = file.read_up_to_at(&mut piece, offset) {
            assert!(count as u64 <= file.size());
        }
    }
}
