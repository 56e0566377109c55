//! Tests with an image that is built by hand.

use crate::*;

/// The size in bytes of a block, and the numbers of the first inode and of those that follow.
const BLOCK: usize = 512;
const ROOT: u16 = 48;

/// An image with inodes of a format, a mode, and content behind them, each in a block from 3 on. The first
/// is the root.
fn image(inodes: &[(u16, u16, u32, &[u8])]) -> Vec<u8> {
    let mut image = vec![0; 3 * BLOCK];
    image[1024..][..4].copy_from_slice(&0xe0f5_e1e2_u32.to_le_bytes());
    image[1024 + 12] = 9;
    image[1024 + 14..][..2].copy_from_slice(&ROOT.to_le_bytes());
    for (format, mode, size, content) in inodes {
        let start = image.len();
        image.resize(start + BLOCK, 0);
        image[start..][..2].copy_from_slice(&format.to_le_bytes());
        image[start + 4..][..2].copy_from_slice(&mode.to_le_bytes());
        image[start + 8..][..4].copy_from_slice(&size.to_le_bytes());
        image[start + 32..][..content.len()].copy_from_slice(content);
    }
    image
}

/// A directory with entries in the order of their inodes behind the root.
fn directory(names: &[&str]) -> Vec<u8> {
    let mut offset = names.len() * 12;
    let mut content = Vec::new();
    for (name, index) in names.iter().zip(1_u64..) {
        let nid = u64::from(ROOT) + index * 16;
        content.extend_from_slice(&nid.to_le_bytes());
        content.extend_from_slice(&[offset as u8, 0, 0, 0]);
        offset += name.len();
    }
    content.extend_from_slice(names.concat().as_bytes());
    content
}

/// Flat content behind the inode, and compressed content.
const INLINE: u16 = 2 << 1;
const FULL: u16 = 1 << 1;
/// The header of a file that is a fragment, at the beginning of the packed inode.
const FRAGMENT: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 0x80];

fn test_image() -> Vec<u8> {
    let names = directory(&["directory", "file", "fragment", "link", "link-long"]);
    image(&[
        (INLINE, 0o40_755, names.len() as u32, &names),
        (INLINE, 0o40_700, 0, b""),
        (INLINE, 0o100_644, 7, b"content"),
        (FULL, 0o100_644, 4, FRAGMENT),
        (INLINE, 0o120_777, 4, b"file"),
        (0, 0o120_777, 4097, b""),
    ])
}

fn read(view: &ErofsView<Vec<u8>>, path: &str, length: usize) -> Result<String, String> {
    let file = view
        .open(Path::new(path))
        .map_err(|error| error.to_string())?;
    let mut content = vec![0; length];
    let result = file.read_exact_at(&mut content, 0);
    result.map_err(|error| error.to_string())?;
    Ok(String::from_utf8(content).unwrap())
}

#[test]
fn reads_files() {
    let view = ErofsView::new(test_image()).unwrap();
    assert_eq!(view.kind(), "erofs");
    let names = view.read_dir(Path::new("")).unwrap();
    let names: Vec<_> = names
        .iter()
        .map(|entry| (entry.name.to_str(), entry.file_type))
        .collect();
    let expected = [
        (Some("directory"), FileType::Directory),
        (Some("file"), FileType::Regular),
        (Some("fragment"), FileType::Regular),
        (Some("link"), FileType::Symlink),
        (Some("link-long"), FileType::Symlink),
    ];
    assert_eq!(names, expected);
    assert_eq!(view.read_dir(Path::new("directory")).unwrap(), []);
    assert_eq!(view.metadata(Path::new("")).unwrap().permissions, 0o755);
    assert_eq!(view.metadata(Path::new("file")).unwrap().size, 7);
    assert_eq!(view.read_link(Path::new("link")).unwrap(), "file");
    assert_eq!(view.attributes(Path::new("file")).unwrap(), []);
    assert_eq!(read(&view, "file", 7).unwrap(), "content");
}

#[test]
fn reports_what_it_cannot_read() {
    let view = ErofsView::new(test_image()).unwrap();
    let metadata = |path| view.metadata(Path::new(path)).unwrap_err();
    for path in [
        "nothing",
        "file/nothing",
        "directory/nothing",
        "nothing/nothing",
        "file/..",
    ] {
        assert!(matches!(metadata(path), Error::NotFound(_)), "{path}");
    }
    let error = view.read_dir(Path::new("file")).unwrap_err();
    assert!(matches!(error, Error::NotADirectory(_)), "{error}");
    let error = view.read_link(Path::new("file")).unwrap_err();
    assert!(matches!(error, Error::WrongType { .. }), "{error}");
    let error = view.read_link(Path::new("link-long")).unwrap_err();
    assert!(matches!(error, Error::TooLarge(_)), "{error}");
    let message = read(&view, "directory", 0).unwrap_err();
    assert_eq!(
        message,
        "directory: expected a regular file, found a directory"
    );
    let message = read(&view, "file", 8).unwrap_err();
    assert!(message.starts_with("cannot read the image"), "{message}");
    let message = read(&view, "fragment", 4).unwrap_err();
    assert!(
        message.ends_with("the image has no packed inode"),
        "{message}"
    );
}

#[test]
fn fragments_are_in_the_packed_inode() {
    let file = u64::from(ROOT) + 2 * 16;
    for (packed, expected) in [
        (file, Ok("cont".to_owned())),
        (file + 16, Err("a fragment in the packed inode")),
        (file - 16, Err("unexpected end of file")),
    ] {
        let mut image = test_image();
        image[1024 + 96..][..8].copy_from_slice(&packed.to_le_bytes());
        let found = read(&ErofsView::new(image).unwrap(), "fragment", 4);
        match (found, expected) {
            (Err(message), Err(words)) => assert!(message.ends_with(words), "{message}"),
            (found, expected) => assert_eq!(found, expected.map_err(str::to_owned)),
        }
    }
}

#[test]
fn the_root_must_be_a_directory() {
    let view = ErofsView::new(image(&[(INLINE, 0o100_644, 0, b"")])).unwrap();
    let message = view.metadata(Path::new("")).unwrap_err().to_string();
    assert!(message.ends_with("the root is a regular file"), "{message}");
}

#[test]
fn an_inode_in_a_missing_metabox_is_an_error() {
    let mut image = test_image();
    // The root's first entry.
    image[3 * BLOCK + 32 + 7] = 0x80;
    let view = ErofsView::new(image).unwrap();
    let message = view
        .metadata(Path::new("directory"))
        .unwrap_err()
        .to_string();
    assert!(
        message.ends_with("the image has no metabox inode"),
        "{message}"
    );
}

#[test]
fn limits_the_size_of_directories() {
    let view = ErofsView::new(image(&[(0, 0o40_755, u32::MAX, b"")])).unwrap();
    let error = view.read_dir(Path::new("")).unwrap_err();
    assert!(matches!(error, Error::TooLarge(_)), "{error}");
}
