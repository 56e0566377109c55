//! SHA-256 digests and their text form.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A SHA-256 digest. It is printed as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256Digest([u8; 32]);

/// The error for text that is not a SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a SHA-256 digest (64 hex digits)")]
pub struct ParseDigestError(String);

impl Sha256Digest {
    /// Computes the digest of `bytes`.
    pub fn compute(bytes: &[u8]) -> Self {
        Sha256Digest(Sha256::digest(bytes).into())
    }

    /// Parses exactly 64 hex digits, in either case.
    pub fn parse(text: &[u8]) -> Result<Self, ParseDigestError> {
        let mut digest = [0; 32];
        hex::decode_to_slice(text, &mut digest).map_err(|_| ParseDigestError::new(text))?;
        Ok(Sha256Digest(digest))
    }
}

impl ParseDigestError {
    fn new(text: &[u8]) -> Self {
        // The text can be a whole file; a message needs only its start.
        const MAX_LENGTH: usize = 80;
        let shown = String::from_utf8_lossy(&text[..text.len().min(MAX_LENGTH)]);
        let more = if text.len() > MAX_LENGTH { "…" } else { "" };
        ParseDigestError(format!("{shown}{more}"))
    }
}

impl From<Sha256> for Sha256Digest {
    /// Finishes a hasher and converts its result.
    fn from(hasher: Sha256) -> Self {
        Sha256Digest(hasher.finalize().into())
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Digest({self})")
    }
}

impl FromStr for Sha256Digest {
    type Err = ParseDigestError;

    /// Parses exactly 64 hex digits, in either case.
    fn from_str(text: &str) -> Result<Self, ParseDigestError> {
        Sha256Digest::parse(text.as_bytes())
    }
}

impl Serialize for Sha256Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn matches_fips_180_2_example() {
        assert_eq!(Sha256Digest::compute(b"abc").to_string(), ABC);
    }

    #[test]
    fn parses_both_cases() {
        assert_eq!(ABC.parse(), Ok(Sha256Digest::compute(b"abc")));
        assert_eq!(
            ABC.to_uppercase().parse(),
            Ok(Sha256Digest::compute(b"abc"))
        );
    }

    #[test]
    fn rejects_other_text() {
        let long = format!("{ABC}00");
        let other = ABC.replace('b', "g");
        let huge = "x".repeat(1_000_000);
        let message = huge.parse::<Sha256Digest>().unwrap_err().to_string();
        assert!(message.len() < 200, "{message}");
        for text in ["", &ABC[1..], &ABC[2..], &long, &other, "ä"] {
            assert!(text.parse::<Sha256Digest>().is_err(), "{text:?}");
        }
    }
}
