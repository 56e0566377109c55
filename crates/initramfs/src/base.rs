//! The files of an image that an archive is appended to: the kernel unpacks both into one tree.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsStr;
use std::fmt;
use std::io::BufRead;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::read::{Limits, Part, ReadError, read};
use crate::tree::{Content, Tree, TreeError};
use crate::{Entry, FileType};

/// The kernel's limit for symbolic links in a path: `MAXSYMLINKS` in `linux/namei.h`.
const MAX_LINKS: usize = 40;

/// The files of an image, after all its archives are unpacked.
#[derive(Debug, Default)]
pub struct Base {
    files: BTreeMap<Vec<u8>, File>,
}

#[derive(Debug, Clone)]
struct File {
    kind: FileType,
    /// The target of a symbolic link.
    target: Option<Vec<u8>>,
    /// The path of the first of several hard links to this file, for the others.
    first: Option<Vec<u8>>,
}

/// How a tree changes the files of the image that it is appended to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The file at this path is replaced.
    Replaced(PathBuf),
    /// A file is overwritten that has several hard links, so that all of these get the new content.
    Linked {
        /// The path of the file.
        path: PathBuf,
        /// The paths of the other hard links.
        others: Vec<PathBuf>,
    },
    /// A directory of the tree is a symbolic link in the image, so the directory's files go where the
    /// link leads.
    Moved {
        /// The path in the tree, of a link in the image.
        from: PathBuf,
        /// The path that the link leads to.
        to: PathBuf,
    },
}

impl Base {
    /// Reads the files of an image, which is untrusted input.
    pub fn read(input: impl BufRead, limits: Limits) -> Result<Self, ReadError> {
        let mut base = Base::default();
        read(input, limits, &mut |part| match part {
            Part::Entry(entry) => base.insert(entry),
            Part::Archive { .. } | Part::Bootconfig { .. } => {}
        })?;
        Ok(base)
    }

    fn insert(&mut self, entry: Entry) {
        let path = self.resolve(&entry.path, false);
        let file = File {
            kind: entry.header.file_type(),
            target: entry.target,
            first: entry.link_to.map(|first| self.resolve(&first, false)),
        };
        self.files.insert(path, file);
    }

    /// The change if the file at `path` is overwritten.
    fn overwrite(&self, path: &[u8]) -> Change {
        let first_of = |path: &[u8]| self.files.get(path).and_then(|file| file.first.clone());
        let first = first_of(path).unwrap_or_else(|| path.to_vec());
        let is_link = |(name, file): &(&Vec<u8>, &File)| {
            **name == first || file.first.as_ref() == Some(&first)
        };
        let links = self.files.iter().filter(is_link);
        let others = links.filter(|(name, _)| *name != path);
        let others: Vec<_> = others.map(|(name, _)| as_path(name)).collect();
        let path = as_path(path);
        if others.is_empty() {
            Change::Replaced(path)
        } else {
            Change::Linked { path, others }
        }
    }

    /// Returns the paths and targets of the symbolic links in `tree` that lead neither to a file in it nor
    /// to one in the image. Links to what is mounted at run time are not among them.
    pub fn dangling_links(&self, tree: &Tree) -> Vec<(PathBuf, PathBuf)> {
        const MOUNT_POINTS: [&[u8]; 4] = [b"dev", b"proc", b"run", b"sys"];
        let mut files = self.files.clone();
        for (name, node) in tree.nodes() {
            let kind = FileType::from_mode(node.mode());
            let target = match &node.content {
                Content::Symlink(target) => Some(target.as_os_str().as_bytes().to_vec()),
                _ => None,
            };
            let first = None;
            files.insert(
                name.to_vec(),
                File {
                    kind,
                    target,
                    first,
                },
            );
        }
        let merged = Base { files };
        let mut dangling = Vec::new();
        for (name, node) in tree.nodes() {
            let Content::Symlink(target) = &node.content else {
                continue;
            };
            let path = merged.resolve(name, true);
            let first = components(&path).next().unwrap_or_default();
            let is_present = path.is_empty() || path != name && merged.files.contains_key(&path);
            if !is_present && !MOUNT_POINTS.contains(&first) {
                dangling.push((as_path(name), target.clone()));
            }
        }
        dangling
    }

    /// Returns where `path` leads if symbolic links are followed, the last component only if
    /// `follow_last`. A path with too many links is returned as it is.
    fn resolve(&self, path: &[u8], follow_last: bool) -> Vec<u8> {
        let mut rest: VecDeque<&[u8]> = components(path).collect();
        let mut resolved = Vec::new();
        let mut links = 0;
        while let Some(component) = rest.pop_front() {
            let parent = resolved.len();
            push(&mut resolved, component);
            let target = self
                .files
                .get(&resolved)
                .and_then(|file| file.target.as_ref());
            let Some(target) = target.filter(|_| follow_last || !rest.is_empty()) else {
                continue;
            };
            links += 1;
            if links > MAX_LINKS {
                return path.to_vec();
            }
            let is_absolute = target.starts_with(b"/");
            resolved.truncate(if is_absolute { 0 } else { parent });
            for component in components(target).rev() {
                rest.push_front(component);
            }
        }
        resolved
    }

    fn is_directory(&self, path: &[u8]) -> bool {
        let file = self.files.get(path);
        file.is_some_and(|file| file.kind == FileType::Directory)
    }

    /// Returns `tree` as it has to be appended to the image: directories that are symbolic links in the
    /// image follow them, and directories that the image has are left out, so that they keep their
    /// modes. Also returns how the tree changes the image.
    pub fn adapt(&self, tree: Tree) -> Result<(Tree, Vec<Change>), TreeError> {
        let mut adapted = Tree::default();
        let mut changes = Vec::new();
        for (name, node) in tree.into_nodes() {
            let is_directory = node.is_directory();
            let path = self.resolve(&name, is_directory);
            let existing = self.files.get(&path).map(|file| file.kind);
            if is_directory && self.resolve(&name, false) != path {
                let (from, to) = (as_path(&name), as_path(&path));
                changes.push(Change::Moved { from, to });
            }
            match existing {
                // A link to the root directory.
                _ if path.is_empty() => continue,
                Some(FileType::Directory) if is_directory => continue,
                Some(FileType::Directory) => return Err(TreeError::IsADirectory(as_path(&path))),
                None => {}
                // The kernel keeps an existing device node.
                Some(FileType::CharacterDevice) if is_device(&node.content) => {}
                // It overwrites a file in place, and deletes what has another type.
                Some(kind) if kind == FileType::from_mode(node.mode()) => {
                    changes.push(self.overwrite(&path));
                }
                Some(_) => changes.push(Change::Replaced(as_path(&path))),
            }
            adapted.insert_node(path, node)?;
        }
        adapted.remove_directories(|name| self.is_directory(name));
        Ok((adapted, changes))
    }
}

fn as_path(name: &[u8]) -> PathBuf {
    Path::new(OsStr::from_bytes(name)).to_owned()
}

fn is_device(content: &Content) -> bool {
    matches!(content, Content::CharacterDevice(..))
}

/// The components of a path, without empty ones and `.`.
fn components(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|component| !matches!(*component, b"" | b"."))
}

/// Appends a component to a path; `..` removes the last one.
fn push(path: &mut Vec<u8>, component: &[u8]) {
    if component == b".." {
        let parent = path.iter().rposition(|byte| *byte == b'/');
        path.truncate(parent.unwrap_or(0));
        return;
    }
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(component);
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Replaced(path) => write!(f, "{} is replaced", path.display()),
            Change::Moved { from, to } => write!(
                f,
                "{} is a symbolic link: files below it go to /{}",
                from.display(),
                to.display()
            ),
            Change::Linked { path, others } => {
                let others = others.iter().map(|path| path.display().to_string());
                let others = others.collect::<Vec<_>>().join(", ");
                let path = path.display();
                write!(f, "{path} is replaced, and so are its hard links: {others}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Header, Source};
    use std::borrow::Cow;

    fn file() -> Content {
        Content::Regular(Source::Bytes(Cow::Borrowed(b"x")))
    }

    fn link(target: &str) -> Content {
        Content::Symlink(target.into())
    }

    fn tree(files: Vec<(&str, Content)>) -> Tree {
        let mut tree = Tree::default();
        for (path, content) in files {
            tree.insert(Path::new(path), 0o755, content).unwrap();
        }
        tree
    }

    fn base(files: Vec<(&str, Content)>) -> Base {
        let mut image = Vec::new();
        tree(files).write(&mut image, 0, &mut |_| ()).unwrap();
        Base::read(&image[..], Limits::default()).unwrap()
    }

    fn paths(tree: &Tree) -> Vec<&str> {
        tree.iter()
            .map(|(path, ..)| path.to_str().unwrap())
            .collect()
    }

    #[test]
    fn follows_links_of_directories() {
        let base = base(vec![
            ("lib", link("usr/lib")),
            ("usr/lib/firmware", file()),
            ("usr/lib/modules", link("/var/../m/./x")),
        ]);
        let ours = tree(vec![("lib/modules/6.9/a.ko", file()), ("lib/b", file())]);
        let (adapted, changes) = base.adapt(ours).unwrap();
        assert_eq!(
            paths(&adapted),
            ["m", "m/x", "m/x/6.9", "m/x/6.9/a.ko", "usr/lib/b"]
        );
        let moved = |from: &str, to: &str| Change::Moved {
            from: from.into(),
            to: to.into(),
        };
        let expected = [moved("lib", "usr/lib"), moved("lib/modules", "m/x")];
        assert_eq!(changes, expected);
    }

    #[test]
    fn reports_replaced_files() {
        let base = base(vec![
            ("init", file()),
            ("a", link("b")),
            ("c", file()),
            ("dev/console", Content::CharacterDevice(5, 1)),
            ("dev/null", Content::CharacterDevice(1, 3)),
        ]);
        let ours = tree(vec![
            ("init", file()),
            ("a", file()),
            ("c/d", file()),
            ("dev/console", Content::CharacterDevice(5, 1)),
            ("dev/null", file()),
            ("new", file()),
        ]);
        let (_, changes) = base.adapt(ours).unwrap();
        let replaced = |path: &str| Change::Replaced(path.into());
        assert_eq!(changes, ["a", "c", "dev/null", "init"].map(replaced));
    }

    #[test]
    fn reports_hard_links_of_replaced_files() {
        let mut base = Base::default();
        for (name, first) in [
            ("bin/box", None),
            ("bin/sh", Some("bin/box")),
            ("init", Some("bin/box")),
        ] {
            let file = File {
                kind: FileType::Regular,
                target: None,
                first: first.map(|first| first.as_bytes().to_vec()),
            };
            base.files.insert(name.as_bytes().to_vec(), file);
        }
        for (name, others) in [
            ("init", ["bin/box", "bin/sh"]),
            ("bin/box", ["bin/sh", "init"]),
        ] {
            let (_, changes) = base.adapt(tree(vec![(name, file())])).unwrap();
            let expected = Change::Linked {
                path: name.into(),
                others: others.map(PathBuf::from).to_vec(),
            };
            assert_eq!(changes, [expected]);
        }
    }

    #[test]
    fn follows_links_of_the_image_in_its_own_paths() {
        let mut base = base(vec![("usr/lib/a", file()), ("lib", link("usr/lib"))]);
        // An archive without an entry for `lib`.
        base.insert(Entry {
            path: b"./lib/firmware".to_vec(),
            header: Header {
                mode: 0o040_755,
                ..Header::default()
            },
            target: None,
            link_to: None,
        });
        assert!(base.is_directory(b"usr/lib/firmware"));
    }

    #[test]
    fn rejects_a_file_in_place_of_a_directory() {
        let base = base(vec![("a/b", file())]);
        let error = base.adapt(tree(vec![("a", file())])).unwrap_err();
        assert!(error.to_string().starts_with("a: "), "{error}");
    }

    #[test]
    fn finds_dangling_links() {
        let base = base(vec![("usr/bin/sh", file())]);
        let ours = tree(vec![
            ("a", link("b/c")),
            ("b/c", file()),
            ("gone", link("b/d")),
            ("loop", link("loop")),
            ("proc-self", link("/proc/self")),
            ("root", link("/")),
            ("sh", link("usr/bin/sh")),
        ]);
        let found: Vec<_> = base.dangling_links(&ours);
        let expected = [("gone", "b/d"), ("loop", "loop")];
        assert_eq!(
            found,
            expected.map(|(path, target)| (path.into(), target.into()))
        );
    }

    #[test]
    fn loops_of_links_end() {
        let base = base(vec![
            ("a", link("b")),
            ("b", link("a")),
            ("c", link("../..")),
        ]);
        let (adapted, _) = base.adapt(tree(vec![("a/x", file())])).unwrap();
        assert_eq!(paths(&adapted), ["a", "a/x"]);
        let (adapted, _) = base.adapt(tree(vec![("c/x", file())])).unwrap();
        assert_eq!(paths(&adapted), ["x"]);
    }
}
