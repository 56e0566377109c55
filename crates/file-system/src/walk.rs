//! Visits every file.

use std::path::{Path, PathBuf};

use crate::{Entry, Error, FileSystem, FileType};

/// The maximum depth of directories: `PATH_MAX` of the kernel, as each takes at least two bytes.
const MAX_DEPTH: usize = 2048;

/// The maximum number of files. In a damaged image, directories may share entries, which multiplies them.
const MAX_FILES: u64 = 1 << 22;

/// Calls `visit` with the path and the entry of every file below the directory `path`, each directory
/// before its entries, sorted by name. It does not follow symbolic links, but `path` may lead through them.
///
/// # Errors
/// The first error of `visit`; [`Error::TooLarge`] if directories are nested more than 2048 deep, as in an
/// image where a directory contains itself, or after 4 million files; otherwise as [`FileSystem::read_dir`].
pub fn walk<E: From<Error>>(
    fs: &dyn FileSystem,
    path: &Path,
    visit: &mut dyn FnMut(&Path, &Entry) -> Result<(), E>,
) -> Result<(), E> {
    walk_up_to(MAX_FILES, fs, path, visit)
}

fn walk_up_to<E: From<Error>>(
    limit: u64,
    fs: &dyn FileSystem,
    path: &Path,
    visit: &mut dyn FnMut(&Path, &Entry) -> Result<(), E>,
) -> Result<(), E> {
    let mut left = limit;
    let path = crate::resolve(fs, path)?;
    let mut levels = vec![(path.clone(), fs.read_dir(&path)?.into_iter())];
    while let Some((directory, entries)) = levels.last_mut() {
        let Some(entry) = entries.next() else {
            levels.pop();
            continue;
        };
        left = left
            .checked_sub(1)
            .ok_or_else(|| Error::TooLarge(format!("more than {limit} files")))?;
        let path: PathBuf = directory.join(&entry.name);
        visit(&path, &entry)?;
        if entry.file_type == FileType::Directory {
            if levels.len() >= MAX_DEPTH {
                let what = format!("directories are nested more than {MAX_DEPTH} deep");
                return Err(Error::TooLarge(what).into());
            }
            let entries = fs.read_dir(&path)?.into_iter();
            levels.push((path, entries));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_tree::TestTree;

    fn paths(tree: &TestTree, path: &str) -> Result<Vec<String>, Error> {
        let mut paths = Vec::new();
        walk(tree, Path::new(path), &mut |path, _| {
            paths.push(path.to_str().unwrap().to_owned());
            Ok::<_, Error>(())
        })?;
        Ok(paths)
    }

    #[test]
    fn visits_each_file_once_and_in_order() {
        let tree = TestTree::new(&[("b/d/e", ""), ("b/c", ""), ("a", "->b"), ("f", "")]);
        assert_eq!(
            paths(&tree, "").unwrap(),
            ["a", "b", "b/c", "b/d", "b/d/e", "f"]
        );
        assert_eq!(paths(&tree, "a").unwrap(), ["b/c", "b/d", "b/d/e"]);
    }

    #[test]
    fn number_of_files_is_limited() {
        let tree = TestTree::new(&[("a", ""), ("b", ""), ("c", "")]);
        let walk = |limit| walk_up_to(limit, &tree, Path::new(""), &mut |_, _| Ok::<_, Error>(()));
        walk(3).unwrap();
        let message = walk(2).unwrap_err().to_string();
        assert_eq!(message, "too large: more than 2 files");
    }

    #[test]
    fn stops_where_a_directory_contains_itself() {
        let tree = TestTree::new(&[("a/file", ""), ("a/a", "loop")]);
        let error = paths(&tree, "").unwrap_err();
        assert!(matches!(error, Error::TooLarge(_)), "{error}");
    }
}
