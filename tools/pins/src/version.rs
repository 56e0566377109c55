//! Versions, as far as which of two is newer.

use std::cmp::Ordering;
use std::str::FromStr;

/// A version in the order that Bazel gives modules (docs: Bazel's `Version.java`). It is the order of semantic
/// versions for those that are, and holds for Rust, crates, npm packages and the tags of actions too.
///
/// Identifiers are separated by dots; numbers come before words; what follows a `-` makes it a pre-release, which
/// is older than the release; what follows a `+` means nothing. A `v` in front is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    release: Vec<Identifier>,
    // false is less than true: a pre-release comes before the release.
    is_release: bool,
    pre_release: Vec<Identifier>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

/// The text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version such as 1.2.3")]
pub struct VersionError(String);

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let bad = || VersionError(text.to_owned());
        let bare = text.strip_prefix('v').unwrap_or(text);
        let bare = bare
            .split_once('+')
            .map_or(bare, |(version, _build)| version);
        let (release, pre_release) = match bare.split_once('-') {
            Some((release, pre_release)) => (release, Some(pre_release)),
            None => (bare, None),
        };
        let release = identifiers(release).ok_or_else(bad)?;
        // Also keeps out flags and names of branches.
        if !matches!(release.first(), Some(Identifier::Number(_))) {
            return Err(bad());
        }
        Ok(Version {
            release,
            is_release: pre_release.is_none(),
            pre_release: match pre_release {
                Some(text) => identifiers(text).ok_or_else(bad)?,
                None => Vec::new(),
            },
        })
    }
}

fn identifiers(text: &str) -> Option<Vec<Identifier>> {
    text.split('.').map(identifier).collect()
}

fn identifier(text: &str) -> Option<Identifier> {
    if text.is_empty()
        || !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Identifier::Number);
    }
    Some(Identifier::Word(text.to_owned()))
}

/// How `new` compares with `old`.
pub fn compare(new: &str, old: &str) -> Result<Ordering, VersionError> {
    Ok(Version::from_str(new)?.cmp(&Version::from_str(old)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_newer_than_the_one_before() {
        let order = [
            "0.9",
            "1.2.3-rc.2",
            "1.2.3-rc.10",
            "1.2.3-rc.x",
            "1.2.3",
            "1.2.3.bcr.1",
            "v1.2.4",
            "1.10",
            "21.7",
        ];
        for pair in order.windows(2) {
            assert_eq!(compare(pair[1], pair[0]), Ok(Ordering::Greater), "{pair:?}");
            assert_eq!(compare(pair[0], pair[1]), Ok(Ordering::Less), "{pair:?}");
        }
        assert_eq!(compare("v1.2+a", "1.2+b"), Ok(Ordering::Equal));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in [
            "",
            "v",
            "main",
            "1..2",
            "1.2 ",
            "-1",
            "1.2-",
            "--help",
            "99999999999999999999",
        ] {
            assert!(Version::from_str(text).is_err(), "{text:?}");
        }
    }
}
