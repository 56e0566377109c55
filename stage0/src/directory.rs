//! Directory listings.

use std::fs;
use std::io;
use std::path::Path;

/// Returns the names of the entries of a directory, sorted. Invalid UTF-8 in them is replaced. Errors
/// contain the directory's path.
pub fn read_names(directory: &Path) -> io::Result<Vec<String>> {
    let read = || {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory)? {
            insert_sorted(
                &mut names,
                entry?.file_name().to_string_lossy().into_owned(),
            );
        }
        Ok(names)
    };
    read().map_err(|error| with_path(directory, error))
}

/// Inserts a name into sorted names, unless it is one of them. Lists are short here, and the code of a
/// sort is not: stage0 should be small.
pub fn insert_sorted(names: &mut Vec<String>, name: String) {
    if let Err(index) = names.binary_search(&name) {
        names.insert(index, name);
    }
}

/// Like [`read_names`], but returns an empty list if the directory does not exist.
pub fn read_names_if_exists(directory: &Path) -> io::Result<Vec<String>> {
    match read_names(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        result => result,
    }
}

/// Prefixes an error's message with a path.
pub fn with_path(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use temp_dir::TempDir;

    #[test]
    fn lists_names_sorted() {
        let dir = TempDir::new().unwrap();
        for name in ["b", "a.conf", "c"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        assert_eq!(read_names(dir.path()).unwrap(), ["a.conf", "b", "c"]);
    }

    #[test]
    fn only_a_missing_directory_is_an_empty_list() {
        let missing = Path::new("/nowhere");
        assert_eq!(read_names_if_exists(missing).unwrap(), [""; 0]);
        let error = read_names(missing).unwrap_err().to_string();
        assert!(error.starts_with("/nowhere: "), "{error}");
        assert!(read_names_if_exists(Path::new("/dev/null")).is_err());
    }
}
