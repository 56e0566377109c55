//! The kernel command line in the header.

use crate::{Error, Version};

/// The size in bytes of the first field of the versions 0 to 2, with a NUL, and of the second.
const FIRST: usize = 512;
const EXTRA: usize = 1024;

/// The size in bytes of both together, which is that of the only field of the later versions.
pub(crate) const FIELDS: usize = FIRST + EXTRA;

/// Returns the maximum size in bytes of the command line. Each field ends with a NUL.
pub(crate) fn limit(version: Version) -> usize {
    if version.has_addresses() {
        FIELDS - 2
    } else {
        FIELDS - 1
    }
}

/// Fails if the command line does not fit the fields, exceeds a lower limit, or contains a NUL.
pub(crate) fn check(cmdline: &[u8], version: Version, lower: Option<usize>) -> Result<(), Error> {
    let what = "command line";
    let limit = lower.map_or(limit(version), |lower| lower.min(limit(version)));
    if cmdline.len() > limit {
        let size = cmdline.len();
        return Err(Error::TooLong { what, size, limit });
    }
    if cmdline.contains(&0) {
        return Err(Error::Nul(what));
    }
    Ok(())
}

/// Splits a command line for the two fields of the versions 0 to 2.
pub(crate) fn split(cmdline: &[u8]) -> (&[u8], &[u8]) {
    cmdline
        .split_at_checked(FIRST - 1)
        .unwrap_or((cmdline, &[]))
}

/// Returns the bytes in front of the first NUL, or all of them: old versions of mkbootimg fill the first field
/// without one.
pub(crate) fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_fit_their_fields() {
        for (version, limit) in [
            (Version::V0, 1534),
            (Version::V2, 1534),
            (Version::V3, 1535),
        ] {
            assert!(check(&vec![b'a'; limit], version, None).is_ok());
            let error = check(&vec![b'a'; limit + 1], version, None).unwrap_err();
            let expected = format!(
                "command line: {} bytes, expected at most {limit}; shorten it",
                limit + 1
            );
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_lower_limit_counts() {
        assert!(check(&[b'a'; 511], Version::V0, Some(511)).is_ok());
        let error = check(&[b'a'; 512], Version::V0, Some(511)).unwrap_err();
        assert!(error.to_string().contains("at most 511"), "{error}");
        let error = check(&[b'a'; 1535], Version::V0, Some(4096)).unwrap_err();
        assert!(error.to_string().contains("at most 1534"), "{error}");
    }

    #[test]
    fn rejects_nul() {
        let error = check(b"a\0b", Version::V4, None).unwrap_err();
        assert!(matches!(error, Error::Nul(_)), "{error}");
    }

    #[test]
    fn splits_after_511_bytes() {
        assert_eq!(split(b"ab"), (&b"ab"[..], &b""[..]));
        let line = [b'a'; 600];
        let (first, extra) = split(&line);
        assert_eq!((first.len(), extra.len()), (511, 89));
        assert_eq!(text(b"ab\0c\0"), b"ab");
        assert_eq!(text(b"abc"), b"abc");
        assert_eq!(text(b""), b"");
    }
}
