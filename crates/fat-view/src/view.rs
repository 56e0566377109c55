//! The file system.

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use file_system::{Attribute, Entry, Error, FileSystem, FileType, Listing, Metadata};
use read_at::ReadAt;

use crate::directory::Directory;
use crate::file::OpenFile;
use crate::record::File;
use crate::volume::Volume;

/// A FAT file system in an image.
///
/// Names in paths are compared without regard to case, and may be long or short names. A long name that
/// Linux cannot use, for example of more than 255 bytes, is replaced by the short name. The volume label
/// is not a file. Limits are the kernel's: a directory has at most 2 MiB.
#[derive(Debug)]
pub struct FatView<R> {
    volume: Volume<R>,
    /// The directory that was used last, because the files of one are often read one after the other.
    last: RefCell<Option<(PathBuf, Rc<Directory>)>>,
}

impl<R: ReadAt> FatView<R> {
    /// Reads the boot sector of the file system in `image`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if it is not a valid one.
    pub fn new(image: R) -> Result<Self, Error> {
        Ok(FatView {
            volume: Volume::new(image)?,
            last: RefCell::new(None),
        })
    }

    fn directory(&self, path: &Path) -> Result<Rc<Directory>, Error> {
        let last = self.last.borrow().clone();
        let nearest = last.filter(|(known, _)| path.starts_with(known));
        let (mut place, mut directory) = match nearest {
            Some(nearest) => nearest,
            None => (PathBuf::new(), Rc::new(Directory::read_root(&self.volume)?)),
        };
        let rest = path.strip_prefix(&place).unwrap_or(path).to_owned();
        for component in rest.components() {
            place.push(component);
            let file = find(&directory, component).ok_or_else(|| Error::NotFound(place.clone()))?;
            if !file.is_directory {
                return Err(Error::NotADirectory(place));
            }
            directory = Rc::new(Directory::read(&self.volume, file.first_cluster)?);
        }
        *self.last.borrow_mut() = Some((place, Rc::clone(&directory)));
        Ok(directory)
    }

    /// Returns the file at `path`; `None` for the root.
    fn file(&self, path: &Path) -> Result<Option<File>, Error> {
        let not_found = || Error::NotFound(path.to_owned());
        let Some(name) = path.components().next_back() else {
            return Ok(None);
        };
        let parent = path.parent().unwrap_or(Path::new(""));
        let directory = self.directory(parent).map_err(|error| match error {
            Error::NotADirectory(_) => not_found(),
            error => error,
        })?;
        let file = find(&directory, name).ok_or_else(not_found)?;
        Ok(Some(file.clone()))
    }

    fn wrong_type(&self, path: &Path, expected: FileType) -> Error {
        match self.metadata(path) {
            Ok(metadata) => Error::WrongType {
                path: path.to_owned(),
                expected,
                found: metadata.file_type,
            },
            Err(error) => error,
        }
    }
}

fn find<'a>(directory: &'a Directory, name: Component<'_>) -> Option<&'a File> {
    // All names are Unicode.
    directory.find(name.as_os_str().to_str()?)
}

fn file_type(file: &File) -> FileType {
    if file.is_directory {
        FileType::Directory
    } else {
        FileType::Regular
    }
}

impl<R: ReadAt> FileSystem for FatView<R> {
    fn kind(&self) -> &'static str {
        "vfat"
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, Error> {
        let file = self.file(path)?;
        let file = file.as_ref();
        // Of a directory, the attribute means something else to Windows, and nothing to the kernel.
        let is_read_only = file.is_some_and(|file| file.is_read_only && !file.is_directory);
        Ok(Metadata {
            file_type: file.map_or(FileType::Directory, file_type),
            permissions: if is_read_only { 0o555 } else { 0o755 },
            uid: 0,
            gid: 0,
            size: file.map_or(0, |file| file.size.into()),
            modified: file.map_or(0, |file| file.modified),
            device: None,
        })
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<Entry>, Error> {
        let mut listing = Listing::default();
        for file in &self.directory(path)?.files {
            listing.add(file.name.as_bytes(), file_type(file))?;
        }
        listing.finish()
    }

    fn read_link(&self, path: &Path) -> Result<OsString, Error> {
        Err(self.wrong_type(path, FileType::Symlink))
    }

    fn attributes(&self, path: &Path) -> Result<Vec<Attribute>, Error> {
        self.file(path)?;
        Ok(Vec::new())
    }

    fn open<'a>(&'a self, path: &Path) -> Result<Box<dyn ReadAt + 'a>, Error> {
        match self.file(path)? {
            Some(file) if !file.is_directory => Ok(Box::new(OpenFile::new(&self.volume, &file))),
            _ => Err(self.wrong_type(path, FileType::Regular)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_image::{fat32, put_cluster, record};

    /// `/DIR/FILE`, `/DIR/SUB` and `/READONLY`.
    fn view() -> FatView<Vec<u8>> {
        let mut image = fat32(&[]);
        let root = [
            record(b"DIR        ", 0x11, 3, 0),
            record(b"READONLY   ", 0x1, 0, 0),
        ];
        let directory = [
            record(b".          ", 0x10, 3, 0),
            record(b"..         ", 0x10, 0, 0),
            record(b"FILE       ", 0, 4, 7),
            record(b"SUB        ", 0x10, 5, 0),
        ];
        put_cluster(&mut image, 2, &root.concat());
        put_cluster(&mut image, 3, &directory.concat());
        put_cluster(&mut image, 4, b"content");
        FatView::new(image).unwrap()
    }

    #[test]
    fn reads_directories_and_files() {
        let view = view();
        assert_eq!(view.kind(), "vfat");
        let names = |path: &str| -> Vec<OsString> {
            let entries = view.read_dir(Path::new(path)).unwrap();
            entries.into_iter().map(|entry| entry.name).collect()
        };
        assert_eq!(names(""), ["DIR", "READONLY"]);
        assert_eq!(names("dir"), ["FILE", "SUB"]);
        assert_eq!(names("dir/sub"), [""; 0]);
        assert_eq!(names(""), ["DIR", "READONLY"]);
        let content = file_system::read(&view, Path::new("/dir/file"), 7);
        assert_eq!(content.unwrap(), b"content");
    }

    #[test]
    fn metadata_is_that_of_the_kernel() {
        let view = view();
        for (path, file_type, permissions, size) in [
            ("", FileType::Directory, 0o755, 0),
            ("DIR", FileType::Directory, 0o755, 0),
            ("DIR/FILE", FileType::Regular, 0o755, 7),
            ("READONLY", FileType::Regular, 0o555, 0),
        ] {
            let found = view.metadata(Path::new(path)).unwrap();
            assert_eq!(found.file_type, file_type, "{path}");
            assert_eq!((found.permissions, found.size), (permissions, size));
            assert_eq!(view.attributes(Path::new(path)).unwrap(), []);
        }
    }

    #[test]
    fn reports_wrong_paths_and_types() {
        let view = view();
        for path in [
            "nothing",
            "nothing/file",
            "READONLY/x",
            "DIR/FILE/x",
            "DIR/x",
        ] {
            let error = view.metadata(Path::new(path)).unwrap_err();
            let is_expected = matches!(&error, Error::NotFound(_));
            assert!(is_expected, "{error}");
        }
        let error = view.read_dir(Path::new("READONLY")).unwrap_err();
        assert!(matches!(error, Error::NotADirectory(_)), "{error}");
        for path in ["", "DIR"] {
            let error = view.open(Path::new(path)).err().unwrap();
            assert!(matches!(error, Error::WrongType { .. }), "{error}");
        }
        let error = view.read_link(Path::new("DIR")).unwrap_err();
        assert!(matches!(error, Error::WrongType { .. }), "{error}");
        assert!(matches!(view.open(Path::new("x")), Err(Error::NotFound(_))));
    }
}
