//! Tests with images that are built by hand: what mksquashfs does not make.

use std::sync::Mutex;

use super::*;
use crate::test_image::{TestImage, regular};

const BLOCK: usize = 4096;

/// An image, and where each read began.
struct Watched {
    image: Vec<u8>,
    reads: Mutex<Vec<u64>>,
}

impl ReadAt for &Watched {
    fn size(&self) -> u64 {
        self.image.size()
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> std::io::Result<()> {
        self.reads.lock().unwrap().push(offset);
        self.image.read_exact_at(bytes, offset)
    }
}

fn numbers(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 3) as u8).collect()
}

fn message<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => panic!("expected an error"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn reads_each_block_once_in_pieces_of_odd_size() {
    let mut image = TestImage::new(12);
    image.data = numbers(3 * BLOCK - 100);
    let blocks = [BLOCK, BLOCK, BLOCK - 100].map(|size| size as u32 | 1 << 24);
    image.add("file", 9, &regular(96, image.data.len() as u64, &blocks));
    let image = Watched {
        image: image.build(),
        reads: Mutex::default(),
    };
    let fs = SquashfsView::new(&image).unwrap();
    let file = fs.open(Path::new("file")).unwrap();
    let mut content: Vec<u8> = Vec::new();
    let mut piece = [0; 1000];
    loop {
        match file
            .read_up_to_at(&mut piece, content.len() as u64)
            .unwrap()
        {
            0 => break,
            count => content.extend(&piece[..count]),
        }
    }
    assert_eq!(content, numbers(3 * BLOCK - 100));
    let reads = image.reads.lock().unwrap();
    let data_end = 96 + content.len() as u64;
    let data = reads
        .iter()
        .filter(|offset| (96..data_end).contains(offset));
    assert_eq!(data.count(), 3, "{reads:?}");
    let metadata = reads.iter().filter(|offset| **offset >= data_end).count();
    assert!(metadata <= 10, "{reads:?}");
}

/// A file of 195 GiB that is a hole except for one block.
#[test]
fn reads_any_part_of_a_huge_sparse_file() {
    let mut image = TestImage::new(20);
    image.data = vec![b'x'; 1000];
    let count = 200_000_u32;
    let size = u64::from(count) << 20;
    let mut blocks = vec![0; count as usize];
    blocks[150_000] = 1000;
    // Compressed data of a length that cannot be right: only its position matters here.
    image.add("file", 9, &regular(96, size, &blocks));
    let fs = SquashfsView::new(image.build()).unwrap();
    let file = fs.open(Path::new("file")).unwrap();
    assert_eq!(file.size(), size);
    let mut bytes = [1; 3];
    for block in [199_999, 0, 149_999, 150_001, 70_000, 199_998, 1] {
        file.read_exact_at(&mut bytes, (block << 20) + 5).unwrap();
        assert_eq!(bytes, [0; 3]);
        bytes.fill(1);
    }
    let error = file.read_exact_at(&mut bytes, 150_000 << 20).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("1000 bytes, compressed with gzip"),
        "{error}"
    );
    let error = file.read_exact_at(&mut bytes, size - 2).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn rejects_a_file_whose_block_list_has_no_room() {
    let mut image = TestImage::new(12);
    image.add("file", 9, &regular(96, u64::MAX, &[]));
    let fs = SquashfsView::new(image.build()).unwrap();
    let path = Path::new("file");
    assert_eq!(fs.metadata(path).unwrap().size, u64::MAX);
    let message = message(fs.open(path));
    assert!(message.contains("has room for at most"), "{message}");
}

#[test]
fn rejects_blocks_of_wrong_sizes() {
    for (block, words) in [
        (BLOCK as u32 + 1, "expected at most 4096"),
        (1 << 25, "expected at most 4096"),
        (100 | 1 << 24, "100 bytes, expected 4096"),
        (4096 | 1 << 24, "beyond the end of the file system"),
    ] {
        let mut image = TestImage::new(12);
        image.data = numbers(200);
        image.add("file", 9, &regular(96, BLOCK as u64, &[block]));
        let fs = SquashfsView::new(image.build()).unwrap();
        let file = fs.open(Path::new("file")).unwrap();
        let error = file.read_exact_at(&mut [0; 9], 0).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn rejects_a_directory_that_contains_itself() {
    let mut image = TestImage::new(12);
    image.add_root_again("a");
    let fs = SquashfsView::new(image.build()).unwrap();
    assert_eq!(fs.read_dir(Path::new("")).unwrap().len(), 1);
    let message = message(fs.metadata(Path::new("a")));
    assert!(message.contains("contains itself"), "{message}");
}

#[test]
fn rejects_an_image_that_is_too_short() {
    let image = TestImage::new(12).build();
    assert!(SquashfsView::new(image.clone()).is_ok());
    for length in 0..image.len() {
        assert!(SquashfsView::new(image[..length].to_vec()).is_err());
    }
}

#[test]
fn finds_files_and_reports_what_does_not_exist() {
    let mut image = TestImage::new(12);
    image.add("fifo", 6, &[0; 4]);
    let device = [&[0; 4][..], &0x0123_4567_u32.to_le_bytes()].concat();
    image.add("device", 5, &device);
    let link = [&[0; 4][..], &6_u32.to_le_bytes(), b"target"].concat();
    image.add("link", 3, &link);
    let fs = SquashfsView::new(image.build()).unwrap();
    let metadata = |path| fs.metadata(Path::new(path));
    assert_eq!(metadata("").unwrap().file_type, FileType::Directory);
    assert_eq!(metadata("fifo").unwrap().file_type, FileType::Fifo);
    assert_eq!(metadata("device").unwrap().device, Some((0x345, 0x01267)));
    assert_eq!(metadata("fifo").unwrap().uid, 7);
    assert_eq!(fs.read_link(Path::new("link")).unwrap(), "target");
    for path in ["no", "fifo/x", "..", "zzz"] {
        assert!(matches!(metadata(path), Err(Error::NotFound(_))), "{path}");
    }
    let path = Path::new("fifo");
    assert!(matches!(fs.read_dir(path), Err(Error::NotADirectory(_))));
    assert!(matches!(fs.open(path), Err(Error::WrongType { .. })));
    assert!(matches!(fs.read_link(path), Err(Error::WrongType { .. })));
    assert_eq!(fs.attributes(path).unwrap(), []);
}

#[test]
fn the_view_can_be_shared_between_threads() {
    fn check<T: Send + Sync>(_: &T) {}
    check(&SquashfsView::new(TestImage::new(12).build()).unwrap());
}
