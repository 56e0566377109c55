//! The version of a release, and its formats.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, ensure};
use clap::ValueEnum;

/// `X.Y.Z`, or `X.Y.Z-rc.N` for a release candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `X.Y.Z`, without the release candidate.
    base: String,
    /// The number of the release candidate.
    candidate: Option<u64>,
}

/// The format of a version, which differs between packaging systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Cargo, and the names of assets: `1.2.3-rc.4`
    Cargo,
    /// Git: `v1.2.3-rc.4`
    Tag,
    /// Debian, where `~` sorts before the release: `1.2.3~rc4`
    Deb,
    /// RPM, where the candidate is in the package's release, which sorts before `1.2.3-1`: `1.2.3-0_rc4`
    Rpm,
    /// Alpine: `1.2.3_rc4`
    Alpine,
}

impl Version {
    /// Formats the version.
    pub fn in_format(&self, format: Format) -> String {
        let (prefix, separator) = match format {
            Format::Cargo => ("", "-rc."),
            Format::Tag => ("v", "-rc."),
            Format::Deb => ("", "~rc"),
            Format::Rpm => ("", "-0_rc"),
            Format::Alpine => ("", "_rc"),
        };
        let suffix = self.candidate.map(|number| format!("{separator}{number}"));
        format!("{prefix}{}{}", self.base, suffix.unwrap_or_default())
    }

    /// The name of its Git tag, `vX.Y.Z` or `vX.Y.Z-rc.N`.
    pub fn tag(&self) -> String {
        self.in_format(Format::Tag)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.in_format(Format::Cargo))
    }
}

impl FromStr for Version {
    type Err = anyhow::Error;

    /// Parses Cargo's format, without a leading `v`.
    fn from_str(text: &str) -> anyhow::Result<Version> {
        let wrong = || format!("{text:?}: not the version of a release; write X.Y.Z or X.Y.Z-rc.N");
        let parsed = semver::Version::parse(text).with_context(wrong)?;
        let candidate = match parsed.pre.as_str() {
            "" => None,
            pre => {
                let number = pre.strip_prefix("rc.").with_context(wrong)?;
                Some(number.parse().with_context(wrong)?)
            }
        };
        ensure!(parsed.build.is_empty(), wrong());
        let base = format!("{}.{}.{}", parsed.major, parsed.minor, parsed.patch);
        Ok(Version { base, candidate })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_every_format() {
        for (format, release, candidate) in [
            (Format::Cargo, "1.2.3", "1.2.3-rc.4"),
            (Format::Tag, "v1.2.3", "v1.2.3-rc.4"),
            (Format::Deb, "1.2.3", "1.2.3~rc4"),
            (Format::Rpm, "1.2.3", "1.2.3-0_rc4"),
            (Format::Alpine, "1.2.3", "1.2.3_rc4"),
        ] {
            let written = |text: &str| text.parse::<Version>().unwrap().in_format(format);
            assert_eq!(written("1.2.3"), release);
            assert_eq!(written("1.2.3-rc.4"), candidate);
        }
    }

    #[test]
    fn rejects_other_versions() {
        for text in [
            "",
            "1.2",
            "v1.2.3",
            "1.2.3-beta.1",
            "1.2.3-rc",
            "1.2.3-rc4",
            "1.2.3-rc.x",
            "1.2.3-rc.1.2",
            "1.2.3+build",
            "01.2.3",
            "1.2.3-rc.01",
        ] {
            let message = text.parse::<Version>().unwrap_err().to_string();
            assert!(message.contains("X.Y.Z-rc.N"), "{text:?}: {message}");
        }
    }
}
