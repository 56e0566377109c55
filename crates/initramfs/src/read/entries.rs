//! Reads the entries of cpio archives.

use std::collections::HashMap;
use std::io::BufRead;

use super::error::{Cause, Fault};
use super::stream::Stream;
use super::{Entry, Limits, Part};
use crate::{ALIGNMENT, FileType, Format, Header, TRAILER};

/// The kernel's limit in bytes for names and symbolic links: PATH_MAX in `linux/limits.h`.
const MAX_PATH: u32 = 4096;

/// The state of reading the entries of an image.
pub(super) struct Entries<'a> {
    /// What may be read in all.
    limits: Limits,
    /// The number of entries so far.
    count: u64,
    /// The number of bytes in their paths and targets.
    path_bytes: u64,
    on_part: &'a mut dyn FnMut(Part),
    /// Whether the current archive has not ended yet.
    in_archive: bool,
    /// Whether a header was read.
    has_header: bool,
    /// The first path of each inode with several hard links in the current archive, by inode, device
    /// and file type, like in the kernel.
    links: HashMap<(u32, (u32, u32), FileType), Vec<u8>>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(limits: Limits, on_part: &'a mut dyn FnMut(Part)) -> Self {
        Entries {
            limits,
            count: 0,
            path_bytes: 0,
            on_part,
            in_archive: false,
            has_header: false,
            links: HashMap::new(),
        }
    }

    /// Whether any entry was read, including a trailer.
    pub(super) fn has_header(&self) -> bool {
        self.has_header
    }

    /// Begins an archive at `offset` and reports it.
    pub(super) fn begin_archive(&mut self, offset: u64, format: Format) {
        self.in_archive = true;
        (self.on_part)(Part::Archive { offset, format });
    }

    /// Reports a part that is not an archive.
    pub(super) fn report(&mut self, part: Part) {
        (self.on_part)(part);
    }

    /// Reads entries and the zeros between them, up to the end or to anything else.
    ///
    /// `report_archives` is false within a compressed archive, which was reported already.
    pub(super) fn read<R: BufRead>(
        &mut self,
        stream: &mut Stream<R>,
        report_archives: bool,
    ) -> Result<(), Fault> {
        loop {
            stream.skip_zeros()?;
            let offset = stream.offset();
            if stream.peek()? != Some(b'0') || offset % ALIGNMENT != 0 {
                return Ok(());
            }
            let header = read_header(stream)?;
            if report_archives && !self.in_archive {
                self.begin_archive(offset, Format::Cpio);
            }
            self.has_header = true;
            self.read_entry(stream, header)?;
        }
    }

    /// Reads a decompressed archive, which must be cpio up to its end.
    pub(super) fn read_to_end<R: BufRead>(&mut self, stream: &mut Stream<R>) -> Result<(), Fault> {
        self.read(stream, false)?;
        self.in_archive = false;
        match stream.peek()? {
            None => Ok(()),
            Some(b'0') => Err(stream.fault(Cause::Misaligned)),
            Some(_) => Err(stream.fault(Cause::BadHeader)),
        }
    }

    fn read_entry<R: BufRead>(
        &mut self,
        stream: &mut Stream<R>,
        header: Header,
    ) -> Result<(), Fault> {
        let path = read_name(stream, header.name_size)?;
        if path == TRAILER {
            self.in_archive = false;
            self.links.clear();
            stream.consume_bytes(header.size.into(), |_| ())?;
            return stream.align();
        }
        self.count += 1;
        if self.count > self.limits.entries {
            return Err(stream.fault(Cause::TooManyEntries(self.limits.entries)));
        }
        let target = read_content(stream, &header, &path)?;
        self.path_bytes += (path.len() + target.as_ref().map_or(0, Vec::len)) as u64;
        if self.path_bytes > self.limits.paths {
            return Err(stream.fault(Cause::TooLongPaths(self.limits.paths)));
        }
        stream.align()?;
        let link_to = self.resolve_hard_link(&header, &path);
        (self.on_part)(Part::Entry(Entry {
            path,
            header,
            target,
            link_to,
        }));
        Ok(())
    }

    /// Returns the path that this entry is a hard link to, or else records the entry as the first of its
    /// inode. Like `maybe_link()` in the kernel's `init/initramfs.c`.
    fn resolve_hard_link(&mut self, header: &Header, path: &[u8]) -> Option<Vec<u8>> {
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

fn read_header<R: BufRead>(stream: &mut Stream<R>) -> Result<Header, Fault> {
    let offset = stream.offset();
    let bytes = stream.read_vec(Header::SIZE as u32)?;
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

/// Reads the name of an entry. It ends at the first NUL; more may follow, because dracut-cpio aligns
/// contents to file system blocks with them.
fn read_name<R: BufRead>(stream: &mut Stream<R>, size: u32) -> Result<Vec<u8>, Fault> {
    if size > MAX_PATH {
        return Err(stream.fault(Cause::LongName(size)));
    }
    let bytes = stream.read_vec(size)?;
    let Some((0, _)) = bytes.split_last() else {
        return Err(stream.fault(Cause::BadName));
    };
    stream.align()?;
    let name = bytes.split(|byte| *byte == 0).next();
    Ok(name.unwrap_or_default().to_vec())
}

/// Reads the content, and returns it if it is the target of a symbolic link.
fn read_content<R: BufRead>(
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
        return stream.read_vec(header.size).map(Some);
    }
    if !header.has_checksum || kind != FileType::Regular {
        stream.consume_bytes(header.size.into(), |_| ())?;
        return Ok(None);
    }
    let mut sum = 0_u32;
    stream.consume_bytes(header.size.into(), |bytes| {
        for byte in bytes {
            sum = sum.wrapping_add(u32::from(*byte));
        }
    })?;
    if sum != header.checksum {
        return Err(stream.fault(Cause::Checksum {
            path: name(),
            found: sum,
            expected: header.checksum,
        }));
    }
    Ok(None)
}
