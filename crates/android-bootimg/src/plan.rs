//! Writes boot images.

#[cfg(test)]
mod tests;

use std::io::Write;

use crate::encode::encode;
use crate::id::{self, Id, for_each_piece};
use crate::layout::Layout;
use crate::{Error, Header, Part, PartRange, Parts};

/// Limits of a boot loader, in addition to those of the format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// The maximum size of the command line in bytes. LK and ABL read only the first field, 511 bytes.
    pub cmdline: Option<usize>,
    /// The maximum size of the image in bytes, such as fastboot's `max-download-size`.
    pub image: Option<u64>,
}

/// A boot image that can be written: its header and parts fit the format and the limits.
#[derive(Debug)]
pub struct Plan<'a> {
    header: Header,
    parts: Parts<'a>,
    layout: Layout,
}

impl<'a> Plan<'a> {
    /// Checks the header and the sizes of the parts. Reads nothing.
    ///
    /// # Errors
    /// The first field or part that does not fit: all of [`Error`], but those about reading and writing.
    pub fn new(header: Header, parts: Parts<'a>, limits: &Limits) -> Result<Self, Error> {
        header.check(limits.cmdline)?;
        for part in Part::ALL {
            check_part(&header, &parts, part)?;
        }
        let size = |part| parts.get(part).map_or(0, |content| content.size());
        let layout = Layout::new(header.page_size, |part| {
            // `check_part` rejected larger ones.
            u32::try_from(size(part)).unwrap_or(u32::MAX)
        });
        let limit = limits.image.unwrap_or(u64::MAX).min(u32::MAX.into());
        check_size("boot image", layout.size(), limit)?;
        Ok(Plan {
            header,
            parts,
            layout,
        })
    }

    /// The size of the image in bytes.
    pub fn size(&self) -> u64 {
        self.layout.size()
    }

    /// The places of the parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = PartRange> {
        self.layout.ranges()
    }

    /// Computes the id, for which it reads all parts. `None` in the versions 3 and 4.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn id(&self) -> Result<Option<Id>, Error> {
        id::compute(self.header.version, |part| self.parts.get(part))
    }

    /// Writes the image, after reading all parts for its id.
    ///
    /// # Errors
    /// [`Error::Read`], which names the part, and [`Error::Write`].
    pub fn write(&self, output: &mut dyn Write) -> Result<(), Error> {
        let page = encode(&self.header, &self.layout, self.id()?);
        output.write_all(&page).map_err(Error::Write)?;
        for range in self.parts() {
            let Some(content) = self.parts.get(range.part) else {
                continue;
            };
            for_each_piece(range.part.name(), content, |bytes| {
                output.write_all(bytes).map_err(Error::Write)
            })?;
            let size = u64::from(range.size);
            let padding = size.next_multiple_of(page.len() as u64) - size;
            let padding = usize::try_from(padding).ok();
            let zeros = padding.and_then(|padding| ZEROS.get(..padding));
            output
                .write_all(zeros.unwrap_or_default())
                .map_err(Error::Write)?;
        }
        output.flush().map_err(Error::Write)
    }
}

/// As many as the largest page has.
static ZEROS: [u8; 16384] = [0; 16384];

fn check_part(header: &Header, parts: &Parts, part: Part) -> Result<(), Error> {
    let version = header.version;
    let Some(content) = parts.get(part) else {
        if part.is_required_by(version) {
            return Err(Error::MissingPart { part, version });
        }
        return Ok(());
    };
    if !part.is_in(version) {
        return Err(Error::UnsupportedPart { part, version });
    }
    if content.size() == 0 {
        return Err(Error::Empty(part));
    }
    check_size(part.name(), content.size(), u32::MAX.into())
}

fn check_size(what: &'static str, size: u64, limit: u64) -> Result<(), Error> {
    if size > limit {
        return Err(Error::TooLarge { what, size, limit });
    }
    Ok(())
}
