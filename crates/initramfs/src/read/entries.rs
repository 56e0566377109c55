//! The entries of cpio archives.

use std::collections::HashMap;
use std::io::BufRead;

use super::error::{Cause, Fault};
use super::stream::Stream;
use super::{Entry, Part};
use crate::{ALIGNMENT, FileType, Format, Header, TRAILER};

/// The kernel takes no longer name and no longer symbolic link: PATH_MAX in `linux/limits.h`.
const MAX_PATH: u32 = 4096;

/// What the entries of an image have in common.
pub(super) struct Entries<'a> {
    left: u64,
    limit: u64,
    on_part: &'a mut dyn FnMut(Part),
    /// Whether an archive began that did not end yet.
    in_archive: bool,
    /// Whether there was any header.
    seen_any: bool,
    /// The first path of each inode with several hard links, of this archive, as the kernel
    /// remembers them: by inode, device and kind of file.
    links: HashMap<(u32, (u32, u32), FileType), Vec<u8>>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(limit: u64, on_part: &'a mut dyn FnMut(Part)) -> Self {
        Entries {
            left: limit,
            limit,
            on_part,
            in_archive: false,
            seen_any: false,
            links: HashMap::new(),
        }
    }

    /// Whether there was any, a trailer included.
    pub(super) fn seen_any(&self) -> bool {
        self.seen_any
    }

    /// That an archive begins there.
    pub(super) fn begin(&mut self, offset: u64, format: Format) {
        self.in_archive = true;
        (self.on_part)(Part::Archive { offset, format });
    }

    /// Reads entries and the zeros between them, up to the end or to something else.
    pub(super) fn read<R: BufRead>(
        &mut self,
        stream: &mut Stream<R>,
        tell_archives: bool,
    ) -> Result<(), Fault> {
        loop {
            stream.skip_zeros()?;
            let offset = stream.offset();
            if stream.peek()? != Some(b'0') || offset % ALIGNMENT != 0 {
                return Ok(());
            }
            let header = header(stream)?;
            if tell_archives && !self.in_archive {
                self.begin(offset, Format::Cpio);
            }
            self.seen_any = true;
            self.entry(stream, header)?;
        }
    }

    /// Reads a decompressed archive. Nothing but cpio may be in it.
    pub(super) fn read_to_end<R: BufRead>(&mut self, stream: &mut Stream<R>) -> Result<(), Fault> {
        self.read(stream, false)?;
        self.in_archive = false;
        match stream.peek()? {
            None => Ok(()),
            Some(b'0') => Err(stream.fault(Cause::Misaligned)),
            Some(_) => Err(stream.fault(Cause::BadHeader)),
        }
    }

    fn entry<R: BufRead>(&mut self, stream: &mut Stream<R>, header: Header) -> Result<(), Fault> {
        let path = name(stream, header.name_size)?;
        if path == TRAILER {
            self.in_archive = false;
            self.links.clear();
            stream.take_bytes(header.size.into(), |_| ())?;
            return stream.align();
        }
        if self.left == 0 {
            return Err(stream.fault(Cause::TooManyEntries(self.limit)));
        }
        self.left -= 1;
        let target = content(stream, &header, &path)?;
        stream.align()?;
        let link_to = self.link_to(&header, &path);
        (self.on_part)(Part::Entry(Entry {
            path,
            header,
            target,
            link_to,
        }));
        Ok(())
    }

    /// As `maybe_link` in the kernel's `init/initramfs.c`.
    fn link_to(&mut self, header: &Header, path: &[u8]) -> Option<Vec<u8>> {
        let kind = header.file_type();
        if header.links < 2 || matches!(kind, FileType::Directory | FileType::Symlink) {
            return None;
        }
        let key = (header.inode, header.device, kind);
        let first = self.links.get(&key).cloned();
        if first.is_none() {
            self.links.insert(key, path.to_vec());
        }
        first
    }
}

fn header<R: BufRead>(stream: &mut Stream<R>) -> Result<Header, Fault> {
    let offset = stream.offset();
    let bytes = stream.vector(Header::SIZE as u32)?;
    let header = bytes.first_chunk().and_then(Header::parse);
    header.ok_or_else(|| {
        let cause = if bytes.starts_with(b"070707") {
            Cause::OldFormat
        } else {
            Cause::BadHeader
        };
        Fault { offset, cause }
    })
}

/// The name of an entry. It ends at the first NUL, and may be followed by more of them:
/// dracut-cpio moves contents with them to where a block of a file system begins.
fn name<R: BufRead>(stream: &mut Stream<R>, size: u32) -> Result<Vec<u8>, Fault> {
    if size > MAX_PATH {
        return Err(stream.fault(Cause::LongName(size)));
    }
    let bytes = stream.vector(size)?;
    let Some((0, _)) = bytes.split_last() else {
        return Err(stream.fault(Cause::BadName));
    };
    stream.align()?;
    let name = bytes.split(|byte| *byte == 0).next();
    Ok(name.unwrap_or_default().to_vec())
}

/// Reads the content, and returns it if it is where a symbolic link leads.
fn content<R: BufRead>(
    stream: &mut Stream<R>,
    header: &Header,
    path: &[u8],
) -> Result<Option<Vec<u8>>, Fault> {
    let name = || String::from_utf8_lossy(path).into_owned();
    let kind = header.file_type();
    if kind == FileType::Symlink {
        if header.size > MAX_PATH {
            return Err(stream.fault(Cause::LongLink(name(), header.size)));
        }
        return stream.vector(header.size).map(Some);
    }
    if !header.has_checksum || kind != FileType::Regular {
        stream.take_bytes(header.size.into(), |_| ())?;
        return Ok(None);
    }
    let mut sum = 0_u32;
    stream.take_bytes(header.size.into(), |bytes| {
        for byte in bytes {
            sum = sum.wrapping_add(u32::from(*byte));
        }
    })?;
    if sum != header.checksum {
        return Err(stream.fault(Cause::Checksum {
            path: name(),
            found: sum,
            wanted: header.checksum,
        }));
    }
    Ok(None)
}
