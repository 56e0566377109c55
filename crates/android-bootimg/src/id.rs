//! The id of an image of the versions 0 to 2: a digest of its parts.

use std::fmt;

use read_at::ReadAt;
use sha1::{Digest, Sha1};

use crate::part::Part;
use crate::{Error, Version};

/// The number of bytes that are read at once.
const PIECE: usize = 128 << 10;

/// An id: a SHA-1 digest, and zeros. Other tools than mkbootimg put other data there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id(pub [u8; 32]);

impl Id {
    /// Whether no id is set.
    pub fn is_zero(&self) -> bool {
        self.0 == [0; 32]
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Whether the id of a version covers the part.
fn is_covered(part: Part, version: Version) -> bool {
    part.is_in(version) && part != Part::Signature
}

/// Computes the id: the SHA-1 digest of the content of each part and its size as a little-endian number of 32
/// bits, also of the parts that are missing. `None` in the versions 3 and 4, which have no id.
pub(crate) fn compute<R: ReadAt>(
    version: Version,
    content: impl Fn(Part) -> Option<R>,
) -> Result<Option<Id>, Error> {
    if !version.has_addresses() {
        return Ok(None);
    }
    let mut digest = Sha1::new();
    for part in Part::ALL {
        if !is_covered(part, version) {
            continue;
        }
        let content = content(part);
        if let Some(content) = &content {
            for_each_piece(part.name(), content, |bytes| {
                digest.update(bytes);
                Ok(())
            })?;
        }
        let size = content.map_or(0, |content| content.size());
        // The sizes were checked to fit.
        digest.update((size as u32).to_le_bytes());
    }
    let mut id = [0; 32];
    for (place, byte) in id.iter_mut().zip(digest.finalize()) {
        *place = byte;
    }
    Ok(Some(Id(id)))
}

/// Calls `function` with the content, piece by piece.
pub(crate) fn for_each_piece(
    what: &'static str,
    content: &dyn ReadAt,
    mut function: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let size = content.size();
    let mut piece = vec![0; usize::try_from(size).map_or(PIECE, |size| size.min(PIECE))];
    let mut offset = 0;
    while offset < size {
        let count = content.read_up_to_at(&mut piece, offset);
        let count = count.map_err(|error| Error::Read { what, error })?;
        function(piece.get(..count).unwrap_or_default())?;
        offset += count as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(version: Version) -> Option<String> {
        let content = |part| (part != Part::Second).then(|| b"abc".to_vec());
        let id = compute(version, content).unwrap();
        id.map(|id| id.to_string())
    }

    #[test]
    fn covers_the_parts_of_the_version() {
        // printf 'abc\3\0\0\0abc\3\0\0\0\0\0\0\0' | sha1sum, and with one or two times `abc\3\0\0\0` more.
        let expected = [
            "67cbc412c6904cfbfa09df5d60a3a1e3a0bc03df",
            "aea78c089522213d8e61497ba2565ca2dc6d725b",
            "b266725857c06599fb4ce89ba57d46da6c1a062e",
        ];
        for (version, expected) in Version::ALL.into_iter().zip(expected) {
            assert_eq!(id(version), Some(expected.to_owned() + &"0".repeat(24)));
        }
        assert_eq!(id(Version::V3), None);
    }

    #[test]
    fn zeros_are_no_id() {
        assert!(Id([0; 32]).is_zero());
        assert!(!Id([1; 32]).is_zero());
    }
}
