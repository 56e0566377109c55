//! Recognizes a format and opens it.

use block_probe::{Content, PROBE_SIZE, probe};
use erofs_view::ErofsView;
use extfs_view::ExtfsView;
use fat_view::FatView;
use file_system::{Error, FileSystem};
use read_at::{ReadAt, Shared};
use squashfs_view::SquashfsView;

/// What to do about formats that are recognized but not read, by the names of [`Content::Other`].
const NEXT_STEPS: [(&str, &str); 7] = [
    ("LUKS encryption", "use an image that is not encrypted"),
    (
        "a physical volume (LVM)",
        "use an image with partitions instead of logical volumes",
    ),
    ("an Android sparse image", "convert it with simg2img"),
    ("an Android boot image", "use the image of the root"),
    ("swap space", "use the image or partition of the root"),
    (
        "a partition table (GPT)",
        "use one of the partitions, which start behind it",
    ),
    (
        "a boot sector or partition table (MBR)",
        "use one of the partitions, which start behind it",
    ),
];
const USE_ANOTHER_FORMAT: &str = "use an image with ext4, erofs or squashfs";

/// Opens the file system that `image` contains: erofs, ext2, ext3, ext4, squashfs or vfat.
///
/// # Errors
/// [`Error::Unsupported`] with the name of the format and the next step if it is another one, or
/// unrecognized; otherwise as the constructor of the format.
pub fn open(image: Shared) -> Result<Box<dyn FileSystem>, Error> {
    let mut start = vec![0; PROBE_SIZE];
    let count = image.read_up_to_at(&mut start, 0)?;
    start.truncate(count);
    let kind = match probe(&start) {
        Some(Content::Root(superblock)) => superblock.kind,
        Some(Content::Other(name)) => name,
        None => "unrecognized content",
    };
    match kind {
        "erofs" => Ok(Box::new(ErofsView::new(image)?)),
        "squashfs" => Ok(Box::new(SquashfsView::new(image)?)),
        "ext4" => Ok(Box::new(ExtfsView::new(image)?)),
        "vfat" => Ok(Box::new(FatView::new(image)?)),
        name => {
            let row = NEXT_STEPS.iter().find(|row| row.0 == name);
            let next_step = row.map_or(USE_ANOTHER_FORMAT, |row| row.1);
            Err(Error::unsupported(format!("{name}; {next_step}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn message(parts: &[(usize, &[u8])]) -> String {
        let mut image = vec![0; PROBE_SIZE];
        for (offset, bytes) in parts {
            image[*offset..*offset + bytes.len()].copy_from_slice(bytes);
        }
        open(Arc::new(image)).err().unwrap().to_string()
    }

    #[test]
    fn names_unsupported_formats_and_the_next_step() {
        for (offset, magic, expected) in [
            (PROBE_SIZE - 8, &b"_BHRfS_M"[..], "btrfs; use an image with"),
            (0, b"XFSB", "xfs; use an image with ext4, erofs or squashfs"),
            (
                0,
                b"LUKS\xba\xbe",
                "LUKS encryption; use an image that is not",
            ),
            (512, b"EFI PART", "a partition table (GPT); use one of"),
            (0, b"", "unrecognized content; use an image with"),
        ] {
            let message = message(&[(offset, magic)]);
            let expected = format!("not supported: {expected}");
            assert!(message.starts_with(&expected), "{message}");
        }
        let message = open(Arc::new(Vec::new())).err().unwrap().to_string();
        assert!(message.contains("unrecognized content"), "{message}");
    }

    #[test]
    fn passes_recognized_formats_on() {
        let fat = message(&[(82, b"FAT32   ")]);
        assert!(fat.contains("boot sector: sector size 0"), "{fat}");
        let erofs = message(&[(1024, &[0xe2, 0xe1, 0xf5, 0xe0])]);
        assert!(!erofs.contains("use an image with"), "{erofs}");
        let squashfs = message(&[(0, b"hsqs"), (28, &[4])]);
        assert!(!squashfs.contains("use an image with"), "{squashfs}");
        let ext4 = message(&[(1024 + 0x38, &[0x53, 0xef])]);
        assert!(ext4.contains("superblock: first block 0 of 0"), "{ext4}");
    }
}
