//! The npm packages that the checks run: `.ci/npm.txt`.
//!
//! A line is a package, its version and the digest of its archive, as npm's `integrity` writes it (sha512, base64), and
//! what it is for: `@scope/name 1.2.3 sha512-…  # why`. They have no dependencies: `.ci/lib.sh` installs the archive alone.

use std::ops::Range;

use crate::{Error, Tree};

/// The file.
pub const PATH: &str = ".ci/npm.txt";

/// One package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// `sha512-…`
    pub integrity: String,
    /// Why.
    pub comment: String,
    /// Where version and integrity are in the file, in bytes.
    pub range: Range<usize>,
}

/// Reads the file; no file, no packages. Fails on a line without version and digest.
pub fn read(tree: &Tree) -> Result<Vec<Package>, Error> {
    if !tree.has(PATH) {
        return Ok(Vec::new());
    }
    parse(&tree.read(PATH)?)
}

fn parse(text: &str) -> Result<Vec<Package>, Error> {
    let mut packages = Vec::new();
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let (fields, comment) = line.split_once('#').unwrap_or((line, ""));
        let fields: Vec<_> = fields.split_whitespace().collect();
        match fields.as_slice() {
            [] => {}
            [name, version, integrity] if is_integrity(integrity) => {
                let from = start + line.find(version).unwrap_or(0);
                let to = start + line.find(integrity).unwrap_or(0) + integrity.len();
                packages.push(Package {
                    name: (*name).to_owned(),
                    version: (*version).to_owned(),
                    integrity: (*integrity).to_owned(),
                    comment: comment.trim().to_owned(),
                    range: from..to,
                });
            }
            _ => {
                let cause = "not `<package> <version> sha512-<digest>  # <why>`, so nothing pins it; `npm view <package> dist.integrity` shows the digest";
                return Err(Error::new(format!("{PATH}:{}", number + 1), cause));
            }
        }
        start += line.len();
    }
    Ok(packages)
}

/// Whether `text` is npm's form of a sha512: 64 bytes in base64.
pub fn is_integrity(text: &str) -> bool {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let digits = text
        .strip_prefix("sha512-")
        .and_then(|text| text.strip_suffix("=="));
    digits.is_some_and(|digits| digits.len() == 86 && digits.bytes().all(base64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_package() {
        let integrity = format!("sha512-{}==", "a".repeat(86));
        let text = format!("# why\n\n@1/b 1.0 {integrity}  # for c\n");
        let packages = parse(&text).unwrap();
        assert_eq!(packages.len(), 1);
        assert_eq!(
            (packages[0].version.as_str(), packages[0].comment.as_str()),
            ("1.0", "for c")
        );
        assert_eq!(text[packages[0].range.clone()], format!("1.0 {integrity}"));
    }

    #[test]
    fn what_no_digest_pins_is_refused_with_its_line() {
        for line in [
            "a",
            "a 1.0",
            "a 1.0 sha1-abc=",
            "a 1.0 sha512-abc==",
            "a sha512-x 1.0 b",
        ] {
            let message = parse(&format!("\n{line}\n")).unwrap_err().to_string();
            assert!(
                message.starts_with(".ci/npm.txt:2: not `<package>"),
                "{message}"
            );
        }
    }
}
