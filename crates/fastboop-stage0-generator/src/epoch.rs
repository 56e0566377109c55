//! The modification time of files in an initramfs.

use std::ffi::OsStr;

use crate::error::Error;

/// Parses the value of the environment variable `SOURCE_DATE_EPOCH`: the modification time of the files in
/// an initramfs, in seconds since 1970-01-01 UTC. 0 if the variable is not set (`None`).
///
/// The specification is at <https://reproducible-builds.org/specs/source-date-epoch/>. Times in a cpio
/// archive have 32 bits, so larger values are errors.
pub fn parse_mtime(source_date_epoch: Option<&OsStr>) -> Result<u32, Error> {
    let Some(value) = source_date_epoch else {
        return Ok(0);
    };
    let digits = value
        .to_str()
        .filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| Error::Epoch(value.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_seconds_that_fit_into_32_bits() {
        assert_eq!(parse_mtime(None).unwrap(), 0);
        assert_eq!(parse_mtime(Some(OsStr::new("0"))).unwrap(), 0);
        assert_eq!(
            parse_mtime(Some(OsStr::new("4294967295"))).unwrap(),
            u32::MAX
        );
        for value in ["", "-1", "+1", " 1", "4294967296", "yesterday"] {
            let message = parse_mtime(Some(OsStr::new(value)))
                .unwrap_err()
                .to_string();
            assert!(message.contains(&format!("{value:?}")), "{message}");
        }
    }
}
