//! Additional files for the initramfs.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ::initramfs::{Content, Source, Tree};

use crate::error::Error;

/// A file or directory to add to an initramfs. Its text form is `SOURCE:DEST[:MODE]`, with `\:` for a colon
/// and `\\` for a backslash in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraFile {
    /// The path of the file or directory to copy. If it is a symbolic link, its target is copied; symbolic
    /// links in a directory are copied as links.
    pub source: PathBuf,
    /// The path in the initramfs. With `/`, the entries of a directory are added to the root.
    pub destination: PathBuf,
    /// The permissions of regular files. If `None`, 0755 for files that their owner may execute, and 0644
    /// for others. Directories always have 0755.
    pub mode: Option<u32>,
}

impl FromStr for ExtraFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = split_at_colons(text);
        let (source, destination, mode) = match parts.as_slice() {
            [source, destination] => (source, destination, None),
            [source, destination, mode] => (source, destination, Some(parse_permissions(mode)?)),
            _ => {
                let message =
                    "expected SOURCE:DEST or SOURCE:DEST:MODE, with \\: for a colon in a path";
                return Err(message.to_owned());
            }
        };
        if source.is_empty() || destination.is_empty() {
            return Err("SOURCE and DEST cannot be empty".to_owned());
        }
        Ok(ExtraFile {
            source: source.into(),
            destination: destination.into(),
            mode,
        })
    }
}

/// Splits at colons. A backslash before a colon or a backslash makes it part of a path.
fn split_at_colons(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ':' => parts.push(std::mem::take(&mut part)),
            '\\' => part.push(
                characters
                    .next_if(|next| matches!(next, ':' | '\\'))
                    .unwrap_or('\\'),
            ),
            other => part.push(other),
        }
    }
    parts.push(part);
    parts
}

fn parse_permissions(text: &str) -> Result<u32, String> {
    let is_octal = text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| is_octal && *mode <= 0o7777)
        .ok_or_else(|| format!("{text:?} is not a valid mode; use one like 0755"))
}

impl ExtraFile {
    /// Adds the file, or the directory with all its entries, to `tree`.
    pub(crate) fn add_to(&self, tree: &mut Tree) -> Result<(), Error> {
        let found =
            fs::metadata(&self.source).map_err(|error| Error::Read(self.source.clone(), error))?;
        if found.is_dir() {
            return self.add_directory(tree);
        }
        let destination = self.destination.as_os_str().as_encoded_bytes();
        if destination.ends_with(b"/") && self.destination.file_name().is_some() {
            return Err(Error::DirectoryDestination(self.destination.clone()));
        }
        self.add_file(tree, &self.source, &self.destination)
    }

    fn add_directory(&self, tree: &mut Tree) -> Result<(), Error> {
        let mut pending = vec![(self.source.clone(), self.destination.clone())];
        while let Some((source, destination)) = pending.pop() {
            if destination != Path::new("/") {
                tree.insert(&destination, 0o755, Content::Directory)?;
            }
            let failed = |error| Error::Read(source.clone(), error);
            for entry in fs::read_dir(&source).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let kind = entry.file_type().map_err(failed)?;
                let path = entry.path();
                let inside = destination.join(entry.file_name());
                if kind.is_dir() {
                    pending.push((path, inside));
                } else if kind.is_symlink() {
                    let target = fs::read_link(&path).map_err(|error| Error::Read(path, error))?;
                    tree.insert(&inside, 0o777, Content::Symlink(target))?;
                } else {
                    self.add_file(tree, &path, &inside)?;
                }
            }
        }
        Ok(())
    }

    fn add_file(&self, tree: &mut Tree, source: &Path, destination: &Path) -> Result<(), Error> {
        use std::os::unix::fs::PermissionsExt;

        let failed = |error| Error::Read(source.to_owned(), error);
        let found = fs::metadata(source).map_err(failed)?;
        if !found.is_file() {
            return Err(Error::Special(source.to_owned()));
        }
        // Only the executable bit: the others depend on the umask at the time the file was created.
        let is_executable = found.permissions().mode() & 0o100 != 0;
        let mode = self
            .mode
            .unwrap_or(if is_executable { 0o755 } else { 0o644 });
        let content = Content::Regular(Source::file(source)?);
        Ok(tree.insert(destination, mode, content)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    fn paths(tree: &Tree) -> Vec<(String, u32)> {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        tree.iter().map(|(p, mode, _)| (path(p), mode)).collect()
    }

    #[test]
    fn parses_source_destination_and_mode() {
        let parse = |text: &str| text.parse::<ExtraFile>();
        let file = parse("a/b:/c").unwrap();
        assert_eq!(file.source, Path::new("a/b"));
        assert_eq!((file.destination.to_str(), file.mode), (Some("/c"), None));
        assert_eq!(parse("a:b:4755").unwrap().mode, Some(0o4755));
        let file = parse(r"a\:b\\:c\d").unwrap();
        assert_eq!(file.source, Path::new(r"a:b\"));
        assert_eq!(file.destination, Path::new(r"c\d"));
        for (text, words) in [
            ("a", "SOURCE:DEST"),
            ("a:b:1:2", "SOURCE:DEST"),
            (":b", "empty"),
            ("a:", "empty"),
            ("a:b:", "not a valid mode"),
            ("a:b:+644", "not a valid mode"),
            ("a:b:888", "not a valid mode"),
            ("a:b:10000", "not a valid mode"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(words), "{text}: {message}");
        }
    }

    #[test]
    fn adds_a_directory_recursively() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("b/empty")).unwrap();
        fs::write(at("b/tool"), "#!").unwrap();
        fs::set_permissions(at("b/tool"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(at("a"), "a").unwrap();
        symlink("../gone", at("b/link")).unwrap();
        let mut file: ExtraFile = format!("{}:/", dir.path().display()).parse().unwrap();
        let mut tree = Tree::default();
        file.add_to(&mut tree).unwrap();
        let expected = [
            ("a", 0o100_644),
            ("b", 0o040_755),
            ("b/empty", 0o040_755),
            ("b/link", 0o120_777),
            ("b/tool", 0o100_755),
        ];
        assert_eq!(
            paths(&tree),
            expected.map(|(path, mode)| (path.to_owned(), mode))
        );

        file.mode = Some(0o600);
        file.destination = "x/y".into();
        let mut tree = Tree::default();
        file.add_to(&mut tree).unwrap();
        assert!(paths(&tree).contains(&("x/y/b/tool".to_owned(), 0o100_600)));
    }

    #[test]
    fn reports_files_that_cannot_be_added() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let _socket = UnixListener::bind(at("socket")).unwrap();
        fs::write(at("file"), "").unwrap();
        for (source, words) in [
            ("", "socket: not a regular file"),
            ("gone", "gone: cannot read it"),
            ("socket", "socket: not a regular file"),
        ] {
            let file = ExtraFile {
                source: at(source),
                destination: "a".into(),
                mode: None,
            };
            let message = file.add_to(&mut Tree::default()).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
        let file: ExtraFile = format!("{}:/", at("file").display()).parse().unwrap();
        assert!(file.add_to(&mut Tree::default()).is_err());
        let file: ExtraFile = format!("{}:/etc/", at("file").display()).parse().unwrap();
        let message = file.add_to(&mut Tree::default()).unwrap_err().to_string();
        assert!(message.starts_with("/etc/: "), "{message}");
    }
}
