//! What is in a directory.

use std::fs;
use std::io;
use std::path::Path;

/// The names in a directory, sorted. What is not UTF-8 in them is replaced. Errors name the
/// directory.
pub fn names(directory: &Path) -> io::Result<Vec<String>> {
    let read = || {
        fs::read_dir(directory)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<_>>>()
    };
    let mut names = read().map_err(|error| at(directory, error))?;
    names.sort_unstable();
    Ok(names)
}

/// Likewise; none where there is no such directory.
pub fn names_if_there(directory: &Path) -> io::Result<Vec<String>> {
    match names(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        result => result,
    }
}

/// An error with the path that it is about.
pub fn at(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use temp_dir::TempDir;

    #[test]
    fn names_are_sorted() {
        let dir = TempDir::new().unwrap();
        for name in ["b", "a.conf", "c"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        assert_eq!(names(dir.path()).unwrap(), ["a.conf", "b", "c"]);
    }

    #[test]
    fn only_a_missing_directory_has_no_names() {
        let missing = Path::new("/nowhere");
        assert_eq!(names_if_there(missing).unwrap(), [""; 0]);
        let error = names(missing).unwrap_err().to_string();
        assert!(error.starts_with("/nowhere: "), "{error}");
        assert!(names_if_there(Path::new("/dev/null")).is_err());
    }
}
