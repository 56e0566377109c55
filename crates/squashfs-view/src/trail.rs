//! Resolves paths to inodes.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};
use std::sync::{Arc, Mutex};

use file_system::{Error, ReadAt};

use crate::cache::lock;
use crate::directory;
use crate::image::Image;
use crate::inode::{Content, Inode};

/// The inodes of the path that was resolved last: the next path often begins with the same directories.
#[derive(Debug)]
pub(crate) struct Trail {
    root: Arc<Inode>,
    /// The components of the path below the root.
    steps: Mutex<Vec<(OsString, Arc<Inode>)>>,
}

impl Trail {
    pub(crate) fn new(root: Inode) -> Self {
        Trail {
            root: Arc::new(root),
            steps: Mutex::default(),
        }
    }

    /// Returns the inode of the file at `path`.
    pub(crate) fn find<R: ReadAt>(
        &self,
        image: &Image<R>,
        path: &Path,
    ) -> Result<Arc<Inode>, Error> {
        let mut steps = lock(&self.steps);
        let mut inode = Arc::clone(&self.root);
        let not_found = || Error::NotFound(path.to_owned());
        for (depth, component) in path.components().enumerate() {
            let Component::Normal(name) = component else {
                return Err(not_found());
            };
            if let Some((_, known)) = steps.get(depth).filter(|step| step.0 == name) {
                inode = Arc::clone(known);
                continue;
            }
            steps.truncate(depth);
            let child = find_child(image, &inode, name)?.ok_or_else(not_found)?;
            let above = steps.iter().map(|(_, above)| above);
            if above
                .chain([&self.root])
                .any(|above| above.reference == child.reference)
            {
                return Err(Error::corrupt(format!(
                    "{}: a directory that contains itself",
                    path.display()
                )));
            }
            inode = Arc::new(child);
            steps.push((name.to_owned(), Arc::clone(&inode)));
        }
        Ok(inode)
    }
}

fn find_child<R: ReadAt>(
    image: &Image<R>,
    parent: &Inode,
    name: &OsStr,
) -> Result<Option<Inode>, Error> {
    let Content::Directory(directory) = &parent.content else {
        return Ok(None);
    };
    match directory::find(image, directory, name.as_bytes())? {
        Some(reference) => Inode::read(image, reference).map(Some),
        None => Ok(None),
    }
}
