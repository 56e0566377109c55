//! Chooses the root file system.

use std::path::Path;

use disk_image::PartitionChoice;
use file_system::{FileSystem, resolve};

use crate::{Error, ImageFiles, Volume};

/// Files and directories of which a root file system has at least one, and a boot partition none.
const SIGNS: [&str; 5] = [
    "usr/lib/os-release",
    "etc/os-release",
    "usr/lib/modules",
    "lib/modules",
    "ostree/deploy",
];

pub(crate) fn find<'a>(
    files: &'a ImageFiles,
    choice: Option<&PartitionChoice>,
) -> Result<&'a Volume, Error> {
    let is_wanted = |volume: &&Volume| match (choice, &volume.partition) {
        (Some(choice), partition) => partition
            .as_ref()
            .is_some_and(|found| choice.matches(found)),
        (None, _) => is_root(&*volume.fs),
    };
    let found: Vec<&Volume> = files.volumes.iter().filter(is_wanted).collect();
    match (found.as_slice(), choice) {
        ([volume], _) => Ok(volume),
        ([], None) => match files.volumes.as_slice() {
            // To look into it. Whoever wants to boot it learns what is missing.
            [only] => Ok(only),
            _ => Err(Error::NoRoot(names(files))),
        },
        ([], Some(choice)) => Err(Error::NoPartition(choice.to_string(), names(files))),
        (found, None) => Err(Error::SeveralRoots(join(
            found.iter().map(|v| v.name.clone()),
        ))),
        (found, Some(choice)) => {
            let names = join(found.iter().map(|volume| volume.name.clone()));
            Err(Error::SeveralPartitions(choice.to_string(), names))
        }
    }
}

fn is_root(fs: &dyn FileSystem) -> bool {
    SIGNS
        .iter()
        .any(|path| resolve(fs, Path::new(path)).is_ok())
}

/// The names of all file systems, with the errors of those that cannot be read.
fn names(files: &ImageFiles) -> String {
    let readable = files.volumes.iter().map(|volume| volume.name.clone());
    let others = files.unreadable.iter();
    let others = others.map(|(name, error)| format!("{name}: {error}"));
    match join(readable.chain(others)) {
        all if all.is_empty() => "no file system at all".to_owned(),
        all => all,
    }
}

fn join(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join("; ")
}
