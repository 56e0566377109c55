//! All members of a stream, one after the other.

use std::io::{self, BufRead, Read};

use crate::format::{SKIPPABLE_HEADER, skippable_size};
use crate::member::{Member, start};
use crate::source::Source;
use crate::{Error, Format, Limits};

/// A reader of the content of all members.
pub(crate) struct Members<'a, R> {
    format: Format,
    limits: Limits,
    /// `None` at the end, and after an error.
    member: Option<Box<dyn Member<R> + 'a>>,
}

impl<'a, R: BufRead + 'a> Members<'a, R> {
    pub(crate) fn new(format: Format, source: R, limits: Limits) -> Result<Self, Error> {
        let mut source = Source::new(source);
        skip_frames(format, &mut source)?;
        if !is_format(format, &mut source)? {
            return Err(Error::NotFormat(format));
        }
        let member = Some(start(format, source, limits)?);
        Ok(Members {
            format,
            limits,
            member,
        })
    }

    /// Starts to read the member that follows; `None` at the end.
    fn next(&self, mut source: Source<R>) -> Result<Option<Box<dyn Member<R> + 'a>>, Error> {
        let format = self.format;
        let zeros = match format {
            // gzip accepts zeros at the end, with which tapes are padded; xz has its stream padding.
            Format::Gzip | Format::Xz | Format::Lz4Legacy => source.skip_zeros()?,
            _ => 0,
        };
        skip_frames(format, &mut source)?;
        if source.peek(1)?.is_empty() && (format != Format::Xz || zeros % 4 == 0) {
            return Ok(None);
        }
        let is_valid_padding = match format {
            Format::Xz => zeros % 4 == 0,
            _ => zeros == 0,
        };
        if !is_valid_padding || !is_format(format, &mut source)? {
            return Err(Error::TrailingData(format));
        }
        start(format, source, self.limits).map(Some)
    }
}

/// Whether a member of `format` follows.
fn is_format<R: BufRead>(format: Format, source: &mut Source<R>) -> Result<bool, Error> {
    Ok(Format::detect(source.peek(Format::MAGIC_SIZE)?) == Some(format))
}

fn skip_frames<R: BufRead>(format: Format, source: &mut Source<R>) -> Result<(), Error> {
    while format.has_skippable_frames() {
        match skippable_size(source.peek(SKIPPABLE_HEADER)?) {
            Some(size) => source.skip(size)?,
            None => break,
        }
    }
    Ok(())
}

impl<'a, R: BufRead + 'a> Read for Members<'a, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        while let Some(mut member) = self.member.take() {
            match member.read(bytes) {
                Ok(0) => self.member = self.next(member.into_source())?,
                Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                    return Err(Error::from(error).into());
                }
                result => {
                    self.member = Some(member);
                    return result;
                }
            }
        }
        Ok(0)
    }
}
