//! The banner of a kernel, `Linux version 6.12.1 (user@host) …`: the kernel's `init/version.c`.

use std::io::Read;

use decompress::Format;
use memchr::memmem::Finder;
use read_at::{ReadAt, Window};

use crate::Error;
use crate::compression::{reader, stream_error};

const MARK: &[u8] = b"Linux version ";
/// The maximum length of a release, and the space after it: `__NEW_UTS_LEN` of the kernel.
pub(super) const MAX_RELEASE: usize = 65;
const PIECE: usize = 128 << 10;
/// The code that decompresses a zImage is in front of the compressed kernel, and smaller than this.
const ZIMAGE_CODE: usize = 256 << 10;
/// Bytes that look like the beginning of a compressed stream may also be code.
const MAX_STREAMS: usize = 8;

/// Returns the release in the first banner within `limit` bytes.
pub(super) fn find(image: &mut dyn Read, limit: u64) -> Result<Option<String>, Error> {
    let finder = Finder::new(MARK);
    let mut image = image.take(limit);
    let mut buffer = Vec::with_capacity(PIECE + MARK.len() + MAX_RELEASE);
    loop {
        let count = (&mut image)
            .take(PIECE as u64)
            .read_to_end(&mut buffer)
            .map_err(stream_error)?;
        let release = finder
            .find_iter(&buffer)
            .find_map(|at| first_word(buffer.get(at + MARK.len()..)?));
        if release.is_some() || count == 0 {
            return Ok(release);
        }
        // A banner that begins in this piece may end in the next one.
        let kept = buffer.len().saturating_sub(MARK.len() + MAX_RELEASE);
        buffer.drain(..kept);
    }
}

/// Returns the release in the kernel that a zImage decompresses. It does not describe where that begins, so
/// each possible beginning is tried.
pub(super) fn find_in_zimage(file: &dyn ReadAt, limit: u64) -> Result<Option<String>, Error> {
    let mut code = vec![0; ZIMAGE_CODE];
    let count = file.read_up_to_at(&mut code, 0)?;
    code.truncate(count);
    let streams = (0..code.len()).filter_map(|at| {
        let format = Format::detect(code.get(at..)?)?;
        Some((at as u64, format))
    });
    for (start, format) in streams.take(MAX_STREAMS) {
        let payload = Window::new(file, start, file.size() - start)?;
        let found = reader(format, payload)
            .and_then(|mut kernel| find(&mut *kernel, limit / MAX_STREAMS as u64));
        match found {
            Ok(Some(release)) => return Ok(Some(release)),
            Err(Error::Read(error)) => return Err(Error::Read(error)),
            Ok(None) | Err(_) => {}
        }
    }
    Ok(None)
}

/// Returns the printable text in front of a space, if it begins with a digit, unlike the kernel's format
/// string for its banner. A release is also the name of a directory, so it has no slash.
pub(super) fn first_word(text: &[u8]) -> Option<String> {
    let end = text
        .iter()
        .take(MAX_RELEASE)
        .position(|byte| *byte == b' ')?;
    let word = text.get(..end)?;
    let is_allowed = |byte: &u8| byte.is_ascii_graphic() && *byte != b'/';
    let is_release = word.first()?.is_ascii_digit() && word.iter().all(is_allowed);
    is_release.then(|| String::from_utf8_lossy(word).into_owned())
}
