//! Reads and formats sidecars.
//!
//! A sidecar is a file next to the code that downloads an artifact, with the expected digest of the
//! artifact. Its first token is the digest; the rest is ignored. It is written in the format of
//! `sha256sum`, so that `sha256sum --check` can verify the artifact too.

use std::path::Path;

use fastboop_files::{Sha256Digest, file};

use crate::{Error, SidecarError, Target};

/// Reads the digest in the sidecar at `path`.
pub fn read(path: &Path) -> Result<Sha256Digest, Error> {
    parse(&file::read(path)?).map_err(|error| Error::Sidecar {
        path: path.to_owned(),
        error,
    })
}

/// Parses the digest in a sidecar: the first token, delimited by white space. The rest is ignored.
pub fn parse(bytes: &[u8]) -> Result<Sha256Digest, SidecarError> {
    let mut tokens = bytes
        .split(u8::is_ascii_whitespace)
        .filter(|token| !token.is_empty());
    let digest = tokens.next().ok_or(SidecarError::Empty)?;
    Sha256Digest::parse(digest).map_err(SidecarError::Digest)
}

/// Formats the sidecar of the release asset for `target`.
pub fn format(digest: Sha256Digest, target: Target) -> String {
    format!("{digest}  {}\n", target.asset_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

    #[test]
    fn reads_the_first_token() {
        let digest = Sha256Digest::compute(b"a");
        for text in [
            A.to_owned(),
            format!("{A}\n"),
            format!("{A}\r\n"),
            format!("{}  name\n", A.to_uppercase()),
            format!("\n\t {A}\tanything\nat all"),
            format(digest, Target::Aarch64),
        ] {
            assert_eq!(parse(text.as_bytes()), Ok(digest), "{text:?}");
        }
        assert_eq!(parse(&[A.as_bytes(), b" \xff"].concat()), Ok(digest));
    }

    #[test]
    fn writes_the_format_of_sha256sum() {
        let expected = format!("{A}  fastboop-stage0-aarch64-unknown-linux-musl\n");
        assert_eq!(
            format(Sha256Digest::compute(b"a"), Target::Aarch64),
            expected
        );
    }

    #[test]
    fn rejects_other_formats() {
        for text in ["", " \r\n\t"] {
            assert_eq!(parse(text.as_bytes()), Err(SidecarError::Empty), "{text:?}");
        }
        let long = format!("{A}0");
        let name_first = format!("name {A}");
        let marked = format!("\u{feff}{A}");
        for text in [&A[1..], &long, &name_first, &marked] {
            let message = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(message.contains("64 hex digits"), "{message}");
        }
        assert!(parse(b"\xff").is_err());
    }
}
