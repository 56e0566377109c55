//! A file system in memory, and kernels made by hand, for tests.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use file_system::{Attribute, Entry, Error, FileSystem, FileType, Listing, Metadata, ReadAt};

/// Paths with contents. `->` begins the target of a symbolic link, `loop` is a directory that contains itself.
#[derive(Default)]
pub(crate) struct TestTree(BTreeMap<PathBuf, Vec<u8>>);

impl TestTree {
    /// Creates empty files.
    pub(crate) fn new(paths: &[&str]) -> Self {
        let files = paths.iter().map(|path| (path.into(), Vec::new()));
        TestTree(files.collect())
    }

    pub(crate) fn with(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.0.insert(path.into(), content.as_ref().to_vec());
        self
    }

    fn content(&self, path: &Path) -> Result<Option<&[u8]>, Error> {
        if let Some(content) = self.0.get(path) {
            return Ok((content != b"loop").then_some(content));
        }
        let is_directory =
            self.0.keys().any(|file| file.starts_with(path)) || self.is_in_loop(path);
        is_directory
            .then_some(None)
            .ok_or_else(|| Error::NotFound(path.to_owned()))
    }

    fn is_in_loop(&self, path: &Path) -> bool {
        path.ancestors()
            .any(|above| self.0.get(above).is_some_and(|content| content == b"loop"))
    }
}

impl FileSystem for TestTree {
    fn kind(&self) -> &'static str {
        "test"
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, Error> {
        let content = self.content(path)?;
        let file_type = match content {
            None => FileType::Directory,
            Some(content) if content.starts_with(b"->") => FileType::Symlink,
            Some(_) => FileType::Regular,
        };
        Ok(Metadata {
            file_type,
            permissions: 0o644,
            uid: 0,
            gid: 0,
            size: content.unwrap_or_default().len() as u64,
            modified: 0,
            device: None,
        })
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<Entry>, Error> {
        let files = self.0.keys();
        let mut names: Vec<OsString> = files
            .filter_map(|file| file.strip_prefix(path).ok()?.iter().next())
            .map(Into::into)
            .collect();
        names.dedup();
        if self.is_in_loop(path) {
            names = vec!["a".into(), "vmlinuz".into(), "x.dtb".into()];
        }
        let mut listing = Listing::default();
        for name in names {
            let file_type = self.metadata(&path.join(&name))?.file_type;
            listing.add(name.as_encoded_bytes(), file_type)?;
        }
        listing.finish()
    }

    fn read_link(&self, path: &Path) -> Result<OsString, Error> {
        let target = self.content(path)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(target)
            .trim_start_matches("->")
            .into())
    }

    fn attributes(&self, _: &Path) -> Result<Vec<Attribute>, Error> {
        Ok(Vec::new())
    }

    fn open<'a>(&'a self, path: &Path) -> Result<Box<dyn ReadAt + 'a>, Error> {
        match self.content(path)? {
            Some(content) => Ok(Box::new(content)),
            None => Err(Error::WrongType {
                path: path.to_owned(),
                expected: FileType::Regular,
                found: FileType::Directory,
            }),
        }
    }
}

/// An arm64 Image with a banner behind `padding` bytes.
pub(crate) fn image(release: &str, padding: usize) -> Vec<u8> {
    let mut image = b"MZ".to_vec();
    image.resize(16, 0);
    image.extend(0x20_0000_u64.to_le_bytes());
    image.extend(10_u64.to_le_bytes());
    image.resize(0x38, 0);
    image.extend(b"ARM\x64");
    image.resize(0x40 + padding, 0x5a);
    // As in the kernel, the format string of the banner comes first.
    image.extend(b"Linux version %s (%s)\0");
    image.extend(format!("Linux version {release} (user@host) #1 SMP\n\0").bytes());
    image.resize(image.len() + 1000, 0xa5);
    image
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// An EFI zboot image.
pub(crate) fn zboot(payload: &[u8], compression: &str) -> Vec<u8> {
    let mut image = b"MZ\0\0zimg".to_vec();
    image.extend(0x400_u32.to_le_bytes());
    image.extend((payload.len() as u32).to_le_bytes());
    image.resize(24, 0);
    image.extend(compression.bytes());
    image.resize(0x400, 0);
    image.extend(payload);
    image.extend([0; 100]);
    image
}

/// A PE file with sections.
pub(crate) fn pe(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = b"MZ".to_vec();
    file.resize(0x3c, 0);
    file.extend(0x80_u32.to_le_bytes());
    file.resize(0x80, 0);
    file.extend(b"PE\0\0\x64\xaa");
    file.extend((sections.len() as u16).to_le_bytes());
    file.extend([0; 12]);
    file.extend(8_u16.to_le_bytes());
    file.extend([0; 2 + 8]);
    let mut start = (file.len() + sections.len() * 40).next_multiple_of(512);
    let mut contents = Vec::new();
    for (name, content) in sections {
        let mut header = name.as_bytes().to_vec();
        header.resize(8, 0);
        let padded = content.len().next_multiple_of(512);
        for field in [content.len(), 0, padded, start] {
            header.extend((field as u32).to_le_bytes());
        }
        header.resize(40, 0);
        file.extend(header);
        contents.extend_from_slice(content);
        contents.resize(contents.len().next_multiple_of(512), 0);
        start += padded;
    }
    file.resize(file.len().next_multiple_of(512), 0);
    file.extend(contents);
    file
}
