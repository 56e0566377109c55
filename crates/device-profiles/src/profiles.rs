//! All profiles: those in files, and those that are built in.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use fastboop_files::{Cause, file};

use crate::{Error, MAX_SIZE, Profile, built_in};

/// The maximum number of files in a directory that are read.
const MAX_FILES: usize = 4096;

/// Where a profile comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// The program.
    BuiltIn,
}

impl Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => path.display().fmt(f),
            Source::BuiltIn => f.write_str("built in"),
        }
    }
}

/// A profile and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The profile.
    pub profile: Profile,
    /// Where it comes from.
    pub source: Source,
}

/// The profiles by their id.
#[derive(Debug, Default)]
pub struct Profiles {
    entries: BTreeMap<String, Entry>,
    /// The files and directories that are not used, and why. They hide no others.
    pub errors: Vec<Error>,
}

impl Profiles {
    /// Reads the files `*.yaml` and `*.yml` in the directories, of which the first takes precedence, and the
    /// profiles that are built in. A profile replaces one with the same id in a later directory. A directory
    /// may be missing.
    pub fn load(directories: &[PathBuf]) -> Self {
        let mut profiles = Profiles::default();
        for directory in directories {
            profiles.add_directory(directory);
        }
        for (name, text) in built_in::FILES {
            match Profile::parse(text.as_bytes()) {
                Ok(profile) => profiles.add(profile, Source::BuiltIn),
                Err(error) => profiles.errors.push(Error::Profile {
                    path: name.into(),
                    error,
                }),
            }
        }
        profiles
    }

    /// The profiles, sorted by id.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.entries().map(|entry| &entry.profile)
    }

    /// The profiles with their sources, sorted by id.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Returns the profile with this id.
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.entries.get(id)
    }

    fn add(&mut self, profile: Profile, source: Source) {
        let id = profile.id.clone();
        self.entries.entry(id).or_insert(Entry { profile, source });
    }

    fn add_directory(&mut self, directory: &Path) {
        let paths = match profile_files(directory) {
            Ok(paths) => paths,
            Err(error) => {
                let path = directory.to_owned();
                return self.errors.push(Error::Directory { path, error });
            }
        };
        for path in paths {
            let profile = match read(&path) {
                Ok(profile) => profile,
                Err(error) => {
                    self.errors.push(error);
                    continue;
                }
            };
            match self.entries.get(&profile.id).map(|entry| &entry.source) {
                Some(Source::File(other)) if other.parent() == path.parent() => {
                    self.errors.push(Error::SameId {
                        id: profile.id,
                        other: other.clone(),
                        path,
                    });
                }
                _ => self.add(profile, Source::File(path)),
            }
        }
    }
}

/// Reads a profile from a file.
///
/// # Errors
/// [`Error::File`] if the file cannot be read, [`Error::Profile`] if it is not valid.
pub fn read(path: &Path) -> Result<Profile, Error> {
    let (file, _) = file::open(path).map_err(Error::File)?;
    let mut bytes = Vec::new();
    // One more than the maximum, so that the parser reports a larger file.
    let read = file.take(MAX_SIZE as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::File(fastboop_files::Error::new(path, Cause::Read(error))))?;
    Profile::parse(&bytes).map_err(|error| Error::Profile {
        path: path.to_owned(),
        error,
    })
}

/// The files in a directory, sorted by name, so that the result does not depend on the file system.
fn profile_files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = Vec::new();
    for entry in entries.take(MAX_FILES) {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let name = path.file_name().unwrap_or_default();
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        if matches!(extension, Some("yaml" | "yml")) && !is_hidden {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(id: &str) -> String {
        let (_, text) = built_in::FILES[0];
        text.replace("arrow-db410c", id)
    }

    fn write(directory: &Path, files: &[(&str, &str)]) -> PathBuf {
        fs::create_dir_all(directory).unwrap();
        for (name, text) in files {
            fs::write(directory.join(name), text).unwrap();
        }
        directory.to_owned()
    }

    #[test]
    fn built_in_ones_are_always_there() {
        let profiles = Profiles::load(&["/nonexistent".into()]);
        assert!(profiles.errors.is_empty(), "{:?}", profiles.errors);
        assert_eq!(profiles.iter().count(), 8);
        let sources = profiles.entries().map(|entry| &entry.source);
        assert!(sources.into_iter().all(|source| *source == Source::BuiltIn));
        assert!(profiles.get("oneplus-fajita").is_some());
        assert!(profiles.get("oneplus").is_none());
    }

    #[test]
    fn the_first_directory_takes_precedence() {
        let dir = tempfile::tempdir().unwrap();
        let first = write(
            &dir.path().join("first"),
            &[("x.yml", &text("same")), ("g.yaml", &text("google-sargo"))],
        );
        let second = write(
            &dir.path().join("second"),
            &[
                ("a.yaml", &text("same")),
                ("b.yaml", &text("other")),
                ("c.json", "{"),
                (".d.yaml", "{"),
            ],
        );
        let profiles = Profiles::load(&[first.clone(), second.clone()]);
        assert!(profiles.errors.is_empty(), "{:?}", profiles.errors);
        let source = |id: &str| profiles.get(id).unwrap().source.clone();
        assert_eq!(source("same"), Source::File(first.join("x.yml")));
        assert_eq!(source("google-sargo"), Source::File(first.join("g.yaml")));
        assert_eq!(source("other"), Source::File(second.join("b.yaml")));
        assert_eq!(source("arrow-db410c"), Source::BuiltIn);
        assert_eq!(profiles.iter().count(), 10);
    }

    #[test]
    fn broken_files_are_reported_and_hide_no_others() {
        let dir = tempfile::tempdir().unwrap();
        let large = "#".repeat(MAX_SIZE + 1);
        let files = [
            ("a.yaml", "id: [\n"),
            ("b.yaml", &text("good")),
            ("c.yaml", &large),
            ("d.yaml", &text("good")),
            ("f.yaml", ""),
        ];
        let path = write(dir.path(), &files);
        fs::create_dir(path.join("e.yaml")).unwrap();
        let profiles = Profiles::load(&[path.clone(), path.join("b.yaml")]);
        assert_eq!(profiles.iter().count(), 9);
        let found = |index: usize| {
            let message = profiles.errors[index].to_string();
            message.replace(path.to_str().unwrap(), "")
        };
        assert_eq!(profiles.errors.len(), 6, "{:?}", profiles.errors);
        assert!(found(0).starts_with("/a.yaml:2:1: "), "{}", found(0));
        assert_eq!(found(1), "/c.yaml:1:1: larger than 65536 bytes");
        assert_eq!(
            found(2),
            "/d.yaml: same id \"good\" as /b.yaml; remove one of them"
        );
        assert!(found(3).starts_with("/e.yaml: a directory"), "{}", found(3));
        assert_eq!(found(4), "/f.yaml:1:1: missing field `id`");
        assert!(found(5).starts_with("/b.yaml: Not a dir"), "{}", found(5));
    }
}
