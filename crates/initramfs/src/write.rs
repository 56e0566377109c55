//! Writes a tree as a cpio archive.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::read::zstd_reader;
use crate::tree::{Content, Node, Source, Tree};
use crate::{FileType, Header, TRAILER, padding};

/// The error for an archive that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The output cannot be written.
    #[error("cannot write the initramfs: {0}")]
    Output(io::Error),
    /// The file at this path cannot be read.
    #[error("{path}: cannot read it: {error}", path = .0.display(), error = .1)]
    Input(PathBuf, io::Error),
    /// The size of the file at this path differs from that in the tree.
    #[error("{}: its size changed while it was read; try again", .0.display())]
    Changed(PathBuf),
}

const ZEROS: [u8; 8] = [0; 8];

/// Returns the zeros between an image of `size` bytes and an archive that is appended to it: the
/// kernel looks for an archive's header only at multiples of 4 bytes, and an lz4 archive ends only at
/// 4 zeros (`lib/decompress_unlz4.c`).
pub fn pad(size: u64) -> &'static [u8] {
    let (zeros, _) = ZEROS.split_at(4 + padding(size) as usize);
    zeros
}

/// Returns the zeros that align the next header or content of an archive.
fn align(size: u64) -> &'static [u8] {
    let (zeros, _) = ZEROS.split_at(padding(size) as usize);
    zeros
}

impl Tree {
    /// Writes the tree as one archive in the format `newc` and returns its size in bytes.
    ///
    /// Owner and group are 0, inodes are numbered from 1, and the modification time of every file is
    /// `mtime`, in seconds since 1970-01-01 UTC, so the same tree always gives the same bytes.
    /// `progress` is called with the size in bytes of each piece of content written.
    pub fn write(
        &self,
        output: impl Write,
        mtime: u32,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, WriteError> {
        let mut writer = Writer {
            output,
            offset: 0,
            progress,
        };
        for (inode, (name, node)) in (1..).zip(self.nodes()) {
            writer.write_node(
                name,
                node,
                Header {
                    inode,
                    mtime,
                    ..Header::default()
                },
            )?;
        }
        let trailer = Header {
            links: 1,
            ..Header::default()
        };
        writer.write_header(trailer, TRAILER)?;
        Ok(writer.offset)
    }
}

struct Writer<'a, W> {
    output: W,
    offset: u64,
    progress: &'a mut dyn FnMut(u64),
}

impl<W: Write> Writer<'_, W> {
    fn write_node(&mut self, name: &[u8], node: &Node, header: Header) -> Result<(), WriteError> {
        let mode = node.mode();
        let header = Header {
            mode,
            // A directory has a second link, its own entry `.`.
            links: 1 + u32::from(FileType::from_mode(mode) == FileType::Directory),
            // Cannot overflow: a tree rejects larger files.
            size: u32::try_from(node.content.size()).unwrap_or(u32::MAX),
            node: match node.content {
                Content::CharacterDevice(major, minor) => (major, minor),
                _ => (0, 0),
            },
            ..header
        };
        self.write_header(header, name)?;
        match &node.content {
            Content::Directory | Content::CharacterDevice(..) => {}
            Content::Symlink(target) => self.write_bytes(target.as_os_str().as_bytes())?,
            Content::Regular(Source::Bytes(bytes)) => self.write_content(bytes)?,
            Content::Regular(Source::File { path, size }) => {
                self.write_file(path, *size, |file| Ok(Box::new(file)))?;
            }
            Content::Regular(Source::Zstd { path, size }) => {
                self.write_file(path, *size, zstd_reader)?;
            }
        }
        self.write_bytes(align(self.offset))
    }

    fn write_header(&mut self, header: Header, name: &[u8]) -> Result<(), WriteError> {
        let header = Header {
            // Cannot overflow: a tree rejects paths longer than 4096 bytes.
            name_size: u32::try_from(name.len() + 1).unwrap_or(u32::MAX),
            ..header
        };
        self.write_bytes(header.to_string().as_bytes())?;
        self.write_bytes(name)?;
        self.write_bytes(&ZEROS[..1])?;
        self.write_bytes(align(self.offset))
    }

    /// Writes what `open` reads from the file.
    fn write_file(
        &mut self,
        path: &Path,
        size: u64,
        open: impl FnOnce(File) -> io::Result<Box<dyn Read>>,
    ) -> Result<(), WriteError> {
        let input_error = |error| WriteError::Input(path.to_owned(), error);
        let content = File::open(path).and_then(open).map_err(input_error)?;
        // Reads up to one byte more than expected, to notice a file that has grown.
        let mut content = content.take(size + 1);
        let mut buffer = vec![0; 64 * 1024];
        let mut left = size;
        loop {
            let bytes = match content.read(&mut buffer) {
                Ok(count) => buffer.get(..count).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(input_error(error)),
            };
            left = match left.checked_sub(bytes.len() as u64) {
                Some(0) if bytes.is_empty() => return Ok(()),
                Some(left) if !bytes.is_empty() => left,
                _ => return Err(WriteError::Changed(path.to_owned())),
            };
            self.write_content(bytes)?;
        }
    }

    fn write_content(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.write_bytes(bytes)?;
        (self.progress)(bytes.len() as u64);
        Ok(())
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.offset += bytes.len() as u64;
        self.output.write_all(bytes).map_err(WriteError::Output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn write(tree: &Tree) -> Result<Vec<u8>, WriteError> {
        let mut output = Vec::new();
        let size = tree.write(&mut output, 0x1234, &mut |_| ())?;
        assert_eq!(size, output.len() as u64);
        Ok(output)
    }

    #[test]
    fn writes_the_expected_bytes() {
        let mut tree = Tree::default();
        let bytes = Content::Regular(Source::Bytes(Cow::Borrowed(b"12345")));
        tree.insert(Path::new("d/f"), 0o600, bytes).unwrap();
        let console = Content::CharacterDevice(5, 1);
        tree.insert(Path::new("d/c"), 0o600, console).unwrap();
        let link = Content::Symlink(PathBuf::from("f"));
        tree.insert(Path::new("d/l"), 0o777, link).unwrap();
        let expected = "\
070701 00000001 000041ED 00000000 00000000 00000002 00001234 00000000 00000000 00000000 00000000 00000000 00000002 00000000 d.
070701 00000002 00002180 00000000 00000000 00000001 00001234 00000000 00000000 00000000 00000005 00000001 00000004 00000000 d/c...
070701 00000003 00008180 00000000 00000000 00000001 00001234 00000005 00000000 00000000 00000000 00000000 00000004 00000000 d/f...12345...
070701 00000004 0000A1FF 00000000 00000000 00000001 00001234 00000001 00000000 00000000 00000000 00000000 00000004 00000000 d/l...f...
070701 00000000 00000000 00000000 00000000 00000001 00000000 00000000 00000000 00000000 00000000 00000000 0000000B 00000000 TRAILER!!!....
";
        let expected = expected.replace([' ', '\n'], "").replace('.', "\0");
        assert_eq!(String::from_utf8(write(&tree).unwrap()).unwrap(), expected);
    }

    #[test]
    fn pads_to_multiples_of_4_with_at_least_4_zeros() {
        let sizes = [0, 1, 2, 3, 4, u64::MAX].map(|size| pad(size).len());
        assert_eq!(sizes, [4, 7, 6, 5, 4, 5]);
    }

    #[test]
    fn rejects_changed_and_missing_files() {
        let path = Path::new("/proc/self/cmdline");
        for (path, size, words) in [
            (path, 0, "its size changed"),
            (path, 1 << 20, "its size changed"),
            (Path::new("/nowhere"), 1, "/nowhere: cannot read it"),
        ] {
            let mut tree = Tree::default();
            let path = path.to_owned();
            let source = Content::Regular(Source::File { path, size });
            tree.insert(Path::new("a"), 0o644, source).unwrap();
            let message = write(&tree).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn reports_write_errors() {
        let mut output = [0; 50];
        let result = Tree::default().write(&mut output[..], 0, &mut |_| ());
        assert!(matches!(result, Err(WriteError::Output(_))));
    }
}
