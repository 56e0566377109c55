//! Checksum files: `SHA256SUMS`, the digests of the files of a release.
//!
//! The format is exactly that of `sha256sum` in coreutils, with one line for each file:
//!
//! ```text
//! <64 hex digits>  <name>
//! ```
//!
//! `*` instead of the second space marks a file as binary, which has no meaning on Linux: it is accepted,
//! but never written. If the name contains backslashes, line feeds or carriage returns, these are escaped
//! as `\\`, `\n` and `\r`, and the line starts with a backslash.
//!
//! A written list is sorted by name. A list that is read may have any order, but otherwise must be stricter
//! than `sha256sum` requires: each line is an entry, each name is a [`FileName`] and occurs once, and the
//! last line ends with a newline.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use crate::{Error, FileName, LineError, Sha256Digest, SumsError, file};

/// The name of the checksum file of a release.
pub const SUMS_NAME: &str = "SHA256SUMS";

/// Files and their digests, sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<FileName, Sha256Digest>);

impl Sums {
    /// Reads the checksum file at `path`.
    pub fn read(path: &Path) -> Result<Sums, Error> {
        Sums::parse(&file::read(path)?).map_err(|error| Error::new(path, error))
    }

    /// Parses the content of a checksum file. Fails at the first invalid line.
    pub fn parse(bytes: &[u8]) -> Result<Sums, SumsError> {
        let mut sums = Sums::default();
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let line_error = |error| SumsError::Line {
                line: index + 1,
                error,
            };
            let (name, digest) = parse_line(line).map_err(line_error)?;
            match sums.0.entry(name) {
                Entry::Vacant(entry) => entry.insert(digest),
                Entry::Occupied(entry) => {
                    return Err(line_error(LineError::Duplicate(entry.key().clone())));
                }
            };
        }
        if sums.is_empty() {
            return Err(SumsError::Empty);
        }
        Ok(sums)
    }

    /// Adds a file, or replaces its digest.
    pub fn insert(&mut self, name: FileName, digest: Sha256Digest) {
        self.0.insert(name, digest);
    }

    /// Formats the content of the checksum file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, digest) in self.iter() {
            let name = name.as_bytes();
            let escaped = escape(name);
            if escaped.len() != name.len() {
                bytes.push(b'\\');
            }
            bytes.extend_from_slice(digest.to_string().as_bytes());
            bytes.extend_from_slice(b"  ");
            bytes.extend_from_slice(&escaped);
            bytes.push(b'\n');
        }
        bytes
    }

    /// The files and their digests, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&FileName, Sha256Digest)> {
        self.0.iter().map(|(name, digest)| (name, *digest))
    }

    /// The digest of the file `name`; `None` if it is not listed.
    pub fn get(&self, name: &FileName) -> Option<Sha256Digest> {
        self.0.get(name).copied()
    }

    /// The number of listed files.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no file is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(FileName, Sha256Digest)> for Sums {
    fn from_iter<I: IntoIterator<Item = (FileName, Sha256Digest)>>(files: I) -> Self {
        Sums(files.into_iter().collect())
    }
}

fn parse_line(line: &[u8]) -> Result<(FileName, Sha256Digest), LineError> {
    let line = line.strip_suffix(b"\n").ok_or(LineError::MissingNewline)?;
    // A carriage return in a name is escaped, so this one belongs to the line ending.
    if line.ends_with(b"\r") {
        return Err(LineError::Crlf);
    }
    let (is_escaped, line) = match line.strip_prefix(b"\\") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let space = line.iter().position(|byte| *byte == b' ');
    let (digest, name) = line.split_at(space.ok_or(LineError::Shape)?);
    let name = match name {
        [b' ', b' ' | b'*', name @ ..] => name,
        _ => return Err(LineError::Shape),
    };
    let digest = Sha256Digest::parse(digest).map_err(LineError::Digest)?;
    let name = match is_escaped {
        true => unescape(name).ok_or(LineError::Escape)?,
        false => name.to_owned(),
    };
    Ok((FileName::new(OsString::from_vec(name))?, digest))
}

fn escape(name: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(name.len());
    for byte in name {
        match byte {
            b'\\' => escaped.extend_from_slice(br"\\"),
            b'\n' => escaped.extend_from_slice(br"\n"),
            b'\r' => escaped.extend_from_slice(br"\r"),
            other => escaped.push(*other),
        }
    }
    escaped
}

fn unescape(escaped: &[u8]) -> Option<Vec<u8>> {
    let mut name = Vec::with_capacity(escaped.len());
    let mut bytes = escaped.iter();
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'\\' => match bytes.next()? {
                b'\\' => b'\\',
                b'n' => b'\n',
                b'r' => b'\r',
                _ => return None,
            },
            other => *other,
        });
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    const A: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    const B: &str = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";

    fn name(bytes: &[u8]) -> FileName {
        FileName::new(OsStr::from_bytes(bytes)).unwrap()
    }

    fn parse_error(text: &str) -> String {
        Sums::parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn reads_any_order_and_writes_sorted() {
        let text = format!("{B}  b\n{A} *a\n");
        let sums = Sums::parse(text.as_bytes()).unwrap();
        assert_eq!(sums.len(), 2);
        assert_eq!(sums.get(&name(b"a")), Some(Sha256Digest::compute(b"a")));
        assert_eq!(sums.get(&name(b"c")), None);
        let written = String::from_utf8(sums.to_bytes()).unwrap();
        assert_eq!(written, format!("{A}  a\n{B}  b\n"));
    }

    #[test]
    fn round_trips_odd_names() {
        let odd: [&[u8]; 10] = [
            b"back\\slash",
            b"\\",
            b"new\nline",
            b"return\r",
            b"\\n",
            b" lead",
            b"*star",
            b"tail ",
            b"\xff\xfe",
            b"#",
        ];
        let digest = Sha256Digest::compute(b"a");
        let sums: Sums = odd.iter().map(|odd| (name(odd), digest)).collect();
        assert_eq!(Sums::parse(&sums.to_bytes()).unwrap(), sums);
        assert_eq!(sums.len(), odd.len());
    }

    #[test]
    fn escapes_like_sha256sum() {
        let sums: Sums = [(name(b"a\\b\nc\rd"), Sha256Digest::compute(b"a"))]
            .into_iter()
            .collect();
        let written = String::from_utf8(sums.to_bytes()).unwrap();
        assert_eq!(written, format!("\\{A}  a\\\\b\\nc\\rd\n"));
    }

    #[test]
    fn unescapes_only_lines_that_start_with_a_backslash() {
        let sums = Sums::parse(format!("{A}  a\\qb\n").as_bytes()).unwrap();
        assert!(sums.get(&name(b"a\\qb")).is_some());
        let message = parse_error(&format!("\\{A}  a\\qb\n"));
        assert!(message.contains("unknown escape"), "{message}");
        let message = parse_error(&format!("\\{A}  a\\\n"));
        assert!(message.contains("unknown escape"), "{message}");
    }

    #[test]
    fn reports_the_number_of_an_invalid_line() {
        for (line, words) in [
            (format!("{B}  b\r\n"), "CR LF"),
            (format!("{B}  b"), "missing trailing newline"),
            (format!("{B}  a\n"), "\"a\" is listed twice"),
            (format!("{A}  a\n"), "\"a\" is listed twice"),
            (format!("{B}  /etc/passwd\n"), "an absolute path"),
            (format!("{B}  ../b\n"), "a path with .."),
            (format!("{B}  b/../../c\n"), "a path with .."),
            (format!("{B}  d/b\n"), "a path with /"),
            (format!("{B}  \n"), "the file name is empty"),
            (format!("{B} b\n"), "not `<digest>  <name>`"),
            (format!("{B}\n"), "not `<digest>  <name>`"),
            ("\n".to_owned(), "not `<digest>  <name>`"),
            ("# comment\n".to_owned(), "not `<digest>  <name>`"),
            (format!("SHA256 (b) = {B}\n"), "not `<digest>  <name>`"),
            (format!("{}  b\n", &B[1..]), "64 hex digits"),
            (format!("{}  b\n", B.replace('3', "g")), "64 hex digits"),
            (format!("0{B}  b\n"), "64 hex digits"),
        ] {
            let message = parse_error(&format!("{A}  a\n{line}"));
            assert!(message.starts_with("line 2: "), "{message}");
            assert!(message.contains(words), "{line:?}: {message}");
        }
    }

    #[test]
    fn rejects_an_empty_list() {
        assert_eq!(Sums::parse(b""), Err(SumsError::Empty));
    }
}
