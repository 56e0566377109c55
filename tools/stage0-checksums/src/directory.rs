//! The directory of a release: which files are in it, and that each is a regular file.

use std::fs::{self, File, FileType};
use std::io;
use std::path::{Path, PathBuf};

use fastboop_files::FileName;

use crate::error::Error;

/// The directory that the file at `path` is in.
pub fn of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The names of all that is in `directory`, whatever it is, but for the file at `except`. Sorted, so
/// that everything is told in the same order each time.
pub fn names(directory: &Path, except: &Path) -> Result<Vec<FileName>, Error> {
    let failed = |error| Error::List(directory.to_owned(), error);
    // By identity: `dist/SHA256SUMS` and `./dist/../dist/SHA256SUMS` are one file. One that is not
    // there yet has a directory, or writing it will tell.
    let is_here = match fs::canonicalize(of(except)) {
        Ok(its) => its == fs::canonicalize(directory).map_err(failed)?,
        Err(_) => false,
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if is_here && Some(name.as_os_str()) == except.file_name() {
            continue;
        }
        let name = FileName::new(name).map_err(|error| failed(io::Error::other(error)))?;
        names.push(name);
    }
    names.sort();
    Ok(names)
}

/// Opens the regular file at `path`. A link is not followed.
pub fn open(path: PathBuf) -> Result<(File, PathBuf), Error> {
    // Looked at before it is opened, because opening a pipe would wait for its other end.
    let kind = match fs::symlink_metadata(&path) {
        Ok(found) => found.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::Missing(path)),
        Err(error) => return Err(Error::Read(path, error)),
    };
    if let Some(wrong) = not_regular(kind) {
        return Err(wrong(path));
    }
    match File::open(&path) {
        Ok(file) => Ok((file, path)),
        Err(error) => Err(Error::Read(path, error)),
    }
}

fn not_regular(kind: FileType) -> Option<fn(PathBuf) -> Error> {
    match kind {
        kind if kind.is_file() => None,
        kind if kind.is_symlink() => Some(Error::Link),
        kind if kind.is_dir() => Some(Error::Directory),
        _ => Some(Error::Special),
    }
}
