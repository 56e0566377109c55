//! Follows symbolic links inside of an image.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use crate::{Error, FileSystem, FileType};

/// The maximum number of symbolic links in the resolution of a path: `MAXSYMLINKS` in the kernel's
/// `include/linux/namei.h`.
const MAX_LINKS: u32 = 40;

/// Resolves `path` as if the root of the file system were that of the machine: absolute symbolic links
/// start there, and `..` does not leave it. Returns the path of the file, which exists and is not a
/// symbolic link.
///
/// # Errors
/// [`Error::NotFound`] with the path as far as it was followed, [`Error::NotADirectory`], and
/// [`Error::TooManyLinks`] after 40 links.
pub fn resolve(fs: &dyn FileSystem, path: &Path) -> Result<PathBuf, Error> {
    let mut resolved = PathBuf::new();
    // The components that are left, the next one last.
    let mut rest: Vec<Step> = steps(path).collect();
    let mut links = 0;
    let mut file_type = FileType::Directory;
    while let Some(step) = rest.pop() {
        let name = match step {
            Step::Root => {
                resolved = PathBuf::new();
                file_type = FileType::Directory;
                continue;
            }
            Step::Up | Step::Down(_) if file_type != FileType::Directory => {
                return Err(Error::NotADirectory(resolved));
            }
            Step::Up => {
                resolved.pop();
                continue;
            }
            Step::Down(name) => name,
        };
        resolved.push(name);
        file_type = fs.metadata(&resolved)?.file_type;
        if file_type == FileType::Symlink {
            links += 1;
            if links > MAX_LINKS {
                return Err(Error::TooManyLinks(path.to_owned()));
            }
            rest.extend(steps(Path::new(&fs.read_link(&resolved)?)));
            resolved.pop();
            file_type = FileType::Directory;
        }
    }
    Ok(resolved)
}

/// Joins a path inside of an image with the name or path of something below it, which never leaves it:
/// a leading `/` and `..` are dropped.
pub fn join(directory: &Path, path: &Path) -> PathBuf {
    let mut joined = directory.to_owned();
    for component in path.components() {
        if let Component::Normal(name) = component {
            joined.push(name);
        }
    }
    joined
}

enum Step {
    Root,
    Up,
    Down(OsString),
}

/// The components of a path, the last one first.
fn steps(path: &Path) -> impl Iterator<Item = Step> + '_ {
    path.components()
        .rev()
        .filter_map(|component| match component {
            Component::RootDir => Some(Step::Root),
            Component::ParentDir => Some(Step::Up),
            Component::Normal(name) => Some(Step::Down(name.into())),
            Component::CurDir | Component::Prefix(_) => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_tree::TestTree;

    fn tree() -> TestTree {
        TestTree::new(&[
            ("usr/lib/modules/file", "content"),
            ("lib", "->usr/lib"),
            ("absolute", "->/lib/modules"),
            ("out", "->../../../lib"),
            ("usr/up", "->../usr/./lib/"),
            ("cycle", "->cycle"),
            ("dangling", "->nowhere"),
            ("through", "->usr/lib/modules/file/.."),
        ])
    }

    #[test]
    fn links_stay_inside_of_the_image() {
        for (path, expected) in [
            ("", ""),
            ("/", ""),
            ("..", ""),
            ("../../lib/..", "usr"),
            ("lib/modules/file", "usr/lib/modules/file"),
            ("absolute", "usr/lib/modules"),
            ("/usr/up/modules/../../..", ""),
            ("out/modules", "usr/lib/modules"),
        ] {
            let found = resolve(&tree(), Path::new(path)).unwrap();
            assert_eq!(found, Path::new(expected), "{path}");
        }
    }

    #[test]
    fn reports_what_does_not_resolve() {
        for (path, words) in [
            ("nowhere/file", "nowhere: not found"),
            ("dangling", "nowhere: not found"),
            ("cycle", "cycle: too many symbolic links"),
            ("through", "file: not a directory"),
            ("lib/modules/file/x", "file: not a directory"),
        ] {
            let message = resolve(&tree(), Path::new(path)).unwrap_err().to_string();
            assert!(message.ends_with(words), "{message}");
        }
    }

    #[test]
    fn joined_paths_stay_below() {
        for (path, expected) in [
            ("b/c", "a/b/c"),
            ("/etc/passwd", "a/etc/passwd"),
            ("../../x", "a/x"),
            ("", "a"),
        ] {
            assert_eq!(join(Path::new("a"), Path::new(path)), Path::new(expected));
        }
    }
}
