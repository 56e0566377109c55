//! The version of the operating system and its patch level, which share a field of 32 bits.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// A version of Android such as 14.0.0: three numbers below 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OsVersion([u8; 3]);

/// A security patch level: a month such as 2026-11, of the years 2000 to 2127.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchLevel {
    /// Since the year 2000.
    year: u8,
    /// The boot image has 4 bits for it; in images that are read it may be 0 or 13 to 15.
    month: u8,
}

impl FromStr for OsVersion {
    type Err = Error;

    /// Parses `A`, `A.B` or `A.B.C`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::OsVersion {
            what: "OS version",
            expected: "up to three numbers below 128, such as 14.0.0",
            found: text.to_owned(),
        };
        let mut numbers = text.split('.');
        let mut version = [0; 3];
        for place in &mut version {
            let Some(number) = numbers.next() else { break };
            *place = parse_number(number, 127).ok_or_else(invalid)?;
        }
        match numbers.next() {
            None => Ok(OsVersion(version)),
            Some(_) => Err(invalid()),
        }
    }
}

impl fmt::Display for OsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.0;
        write!(f, "{a}.{b}.{c}")
    }
}

impl FromStr for PatchLevel {
    type Err = Error;

    /// Parses `YYYY-MM`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = text.split_once('-').and_then(|(year, month)| {
            let year = year.strip_prefix("20").or(year.strip_prefix("21"))?;
            let year = parse_number(year, 99).filter(|_| year.len() == 2)?;
            let century = if text.starts_with("21") { 100 } else { 0 };
            let month = parse_number(month, 12).filter(|number| *number > 0 && month.len() == 2)?;
            let year = century + year;
            (year < 128).then_some(PatchLevel { year, month })
        });
        parsed.ok_or_else(|| Error::OsVersion {
            what: "OS patch level",
            expected: "a month from 2000-01 to 2127-12",
            found: text.to_owned(),
        })
    }
}

impl fmt::Display for PatchLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", 2000 + u32::from(self.year), self.month)
    }
}

/// Parses decimal digits only: `u8::from_str` accepts a sign.
fn parse_number(text: &str, limit: u8) -> Option<u8> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number)?;
    (number <= limit).then_some(number)
}

/// Packs both into the field: 7 bits for each number of the version and for the year, 4 for the month.
pub(crate) fn pack(version: Option<OsVersion>, patch_level: Option<PatchLevel>) -> u32 {
    let [a, b, c] = version.map_or([0; 3], |version| version.0).map(u32::from);
    let month = patch_level.map_or(0, |level| {
        u32::from(level.year) << 4 | u32::from(level.month)
    });
    a << 25 | b << 18 | c << 11 | month
}

/// Unpacks the field; zeros are `None`.
pub(crate) fn unpack(field: u32) -> (Option<OsVersion>, Option<PatchLevel>) {
    let bits = |shift: u32, mask: u8| (field >> shift) as u8 & mask;
    let version = OsVersion([bits(25, 0x7f), bits(18, 0x7f), bits(11, 0x7f)]);
    let level = PatchLevel {
        year: bits(4, 0x7f),
        month: bits(0, 0xf),
    };
    (
        (field >> 11 != 0).then_some(version),
        (field & 0x7ff != 0).then_some(level),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_what_it_unpacks() {
        let field = pack(
            Some("14.1.127".parse().unwrap()),
            Some("2026-11".parse().unwrap()),
        );
        assert_eq!(field, 14 << 25 | 1 << 18 | 127 << 11 | 26 << 4 | 11);
        let (version, level) = unpack(field);
        assert_eq!(version.unwrap().to_string(), "14.1.127");
        assert_eq!(level.unwrap().to_string(), "2026-11");
        for field in [0, 1, 1 << 11, u32::MAX] {
            let (version, level) = unpack(field);
            assert_eq!(pack(version, level), field);
        }
        assert_eq!(unpack(0), (None, None));
    }

    #[test]
    fn parses_short_versions_and_late_years() {
        assert_eq!("9".parse::<OsVersion>().unwrap().to_string(), "9.0.0");
        for level in ["2000-01", "2099-12", "2127-12"] {
            assert_eq!(level.parse::<PatchLevel>().unwrap().to_string(), level);
        }
    }

    #[test]
    fn rejects_other_forms() {
        for text in ["", "128", "1.2.3.4", "+1", "1.", "a"] {
            let error = text.parse::<OsVersion>().unwrap_err();
            assert!(
                error.to_string().starts_with("OS version: expected"),
                "{error}"
            );
        }
        for text in [
            "", "2026", "2026-13", "2026-00", "2026-1", "1999-01", "2128-01", "2026-011", "20+1-01",
        ] {
            assert!(text.parse::<PatchLevel>().is_err(), "{text}");
        }
    }
}
