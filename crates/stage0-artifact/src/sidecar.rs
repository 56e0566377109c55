//! Reads and formats sidecars.
//!
//! A sidecar is a file next to the code that downloads an artifact, with the expected digest of the
//! artifact. Its first token is the digest; the rest is ignored, except where it contradicts the digest: it
//! names the artifact for another target, or lists a different digest for the same name. It is written in
//! the format of `sha256sum`, so that `sha256sum --check` can verify the artifact too.

use std::path::Path;

use fastboop_files::{Sha256Digest, file};

use crate::{Error, SidecarError, Target};

/// Reads the digest of the artifact for `target` in the sidecar at `path`.
pub fn read(path: &Path, target: Target) -> Result<Sha256Digest, Error> {
    check_name(path, target)?;
    parse(&file::read(path)?, target).map_err(|error| sidecar_error(path, error))
}

/// Reads the digest in a file of the same format that belongs to no artifact.
pub(crate) fn read_digest(path: &Path) -> Result<Sha256Digest, Error> {
    parse_lines(&file::read(path)?, None).map_err(|error| sidecar_error(path, error))
}

/// Fails if the sidecar at `path` is named for the artifact of another target, as
/// `stage0-<cpu>.sha256sum`.
pub fn check_name(path: &Path, target: Target) -> Result<(), Error> {
    match named_target(path) {
        Some(found) if found != target => {
            let error = SidecarError::OtherTarget { found, target };
            Err(sidecar_error(path, error))
        }
        _ => Ok(()),
    }
}

fn named_target(path: &Path) -> Option<Target> {
    let name = path.file_name()?.to_str()?;
    let cpu = name.strip_prefix("stage0-")?.strip_suffix(".sha256sum")?;
    Target::ALL
        .into_iter()
        .find(|target| target.triple().split('-').next() == Some(cpu))
}

/// Parses the digest of the artifact for `target` in a sidecar: the first token, delimited by white space.
pub fn parse(bytes: &[u8], target: Target) -> Result<Sha256Digest, SidecarError> {
    parse_lines(bytes, Some(target))
}

fn parse_lines(bytes: &[u8], target: Option<Target>) -> Result<Sha256Digest, SidecarError> {
    let mut tokens = bytes
        .split(u8::is_ascii_whitespace)
        .filter(|token| !token.is_empty());
    let digest = tokens.next().ok_or(SidecarError::Empty)?;
    let digest = Sha256Digest::parse(digest).map_err(SidecarError::Digest)?;

    let mut entries = bytes
        .split(|byte| *byte == b'\n')
        .filter_map(parse_entry)
        .peekable();
    let name = entries.peek().map_or(&b""[..], |(_, name)| *name);
    if let (Some(target), Some(found)) = (target, asset_target(name)) {
        if found != target {
            return Err(SidecarError::OtherTarget { found, target });
        }
    }
    let is_ours = |other: &[u8]| {
        other == name || other.is_empty() || target.is_some() && asset_target(other) == target
    };
    if entries.any(|(found, other)| found != digest && is_ours(other)) {
        return Err(SidecarError::Ambiguous);
    }
    Ok(digest)
}

/// The digest and the file name in a line in one of the formats of `sha256sum`; the name is empty if there is
/// none. `None` for other lines.
fn parse_entry(line: &[u8]) -> Option<(Sha256Digest, &[u8])> {
    let line = line.trim_ascii();
    // It marks escaped characters, which no name that counts contains.
    let line = line.strip_prefix(b"\\").unwrap_or(line);
    let (digest, path) = match line.strip_prefix(b"SHA256 (") {
        Some(tagged) => {
            let at = memchr::memmem::rfind(tagged, b") = ")?;
            (&tagged[at + 4..], &tagged[..at])
        }
        None => {
            let end = line.iter().position(u8::is_ascii_whitespace);
            let (digest, path) = line.split_at(end.unwrap_or(line.len()));
            (digest, path.trim_ascii_start())
        }
    };
    let digest = Sha256Digest::parse(digest).ok()?;
    let path = path.strip_prefix(b"*").unwrap_or(path);
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    Some((digest, name))
}

fn asset_target(name: &[u8]) -> Option<Target> {
    Target::from_asset_name(std::str::from_utf8(name).ok()?)
}

fn sidecar_error(path: &Path, error: SidecarError) -> Error {
    Error::Sidecar {
        path: path.to_owned(),
        error,
    }
}

/// Formats the sidecar of the release asset for `target`.
pub fn format(digest: Sha256Digest, target: Target) -> String {
    format!("{digest}  {}\n", target.asset_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

    const B: &str = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";

    fn parse_aarch64(text: &str) -> Result<Sha256Digest, SidecarError> {
        parse(text.as_bytes(), Target::Aarch64)
    }

    #[test]
    fn rejects_different_digests_for_one_name() {
        let asset = Target::Aarch64.asset_name();
        for text in [
            format!("{A}  {asset}\n{B}  {asset}\n"),
            format!("{A}  {asset}\n{B} *dist/{asset}\n"),
            format!("{A}  {asset}\n{B}\n"),
            format!("{A}\n{B}  {asset}\n"),
            format!("{A}\r\n{B}\r\n"),
            format!("{A}  {asset}\n\\{B}  {asset}\n"),
            format!("{A}  {asset}\nSHA256 ({asset}) = {B}\n"),
            format!("{A}  {asset}\r\nSHA256 (dist/{asset}) = {B}\r\n"),
            format!("{A}  my name\n{B}  my name\n"),
            format!("{A}  name\n{A}  name\n{B}  name\n"),
        ] {
            assert_eq!(parse_aarch64(&text), Err(SidecarError::Ambiguous), "{text}");
        }
        // The same digest again, and other files.
        let other = Target::X86_64.asset_name();
        for text in [
            format!("{A}  {asset}\n{A}  {asset}\n"),
            format!("{A}  {asset}\n{B}  {other}\n{B}  SHA256SUMS\n"),
            format!("{A}  my name\n{B}  my notes\nSHA256 ({other}) = {B}\n"),
        ] {
            assert!(parse_aarch64(&text).is_ok(), "{text}");
        }
    }

    #[test]
    fn rejects_names_of_other_targets() {
        let error = SidecarError::OtherTarget {
            found: Target::X86_64,
            target: Target::Aarch64,
        };
        let other = Target::X86_64.asset_name();
        for text in [
            format!("{A}  {other}\n"),
            format!("{A} *./{other}\r\n"),
            format!("{A}  {other}\n{B}  {}\n", Target::Aarch64.asset_name()),
        ] {
            assert_eq!(parse_aarch64(&text), Err(error.clone()), "{text}");
        }
        assert!(check_name(Path::new("d/stage0-aarch64.sha256sum"), Target::Aarch64).is_ok());
        assert!(check_name(Path::new("d/any"), Target::Aarch64).is_ok());
        let message = check_name(Path::new("d/stage0-x86_64.sha256sum"), Target::Aarch64)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("is for x86_64-unknown-linux-musl"),
            "{message}"
        );
    }

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
            assert_eq!(parse_aarch64(&text), Ok(digest), "{text:?}");
        }
        let not_text = [A.as_bytes(), b" \xff"].concat();
        assert_eq!(parse(&not_text, Target::Aarch64), Ok(digest));
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
            assert_eq!(parse_aarch64(text), Err(SidecarError::Empty), "{text:?}");
        }
        let long = format!("{A}0");
        let name_first = format!("name {A}");
        let marked = format!("\u{feff}{A}");
        for text in [&A[1..], &long, &name_first, &marked] {
            let message = parse_aarch64(text).unwrap_err().to_string();
            assert!(message.contains("64 hex digits"), "{message}");
        }
        assert!(parse(b"\xff", Target::Aarch64).is_err());
    }
}
