//! Removes what the cache does not need any more.

use std::collections::HashSet;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};

use super::is_at;

/// The number of hexadecimal digits of a key.
const KEY_LENGTH: usize = 64;

struct Image {
    key: String,
    used: SystemTime,
    /// The space in bytes that it takes.
    space: u64,
}

/// Removes the images that were not used for the longest time until all take at most `limit` bytes, but not
/// that with the key `current`, and what killed processes left. Other processes that read a removed image
/// are not disturbed. What cannot be removed stays: the image that was asked for is there.
pub(super) fn clean(directory: &Path, limit: u64, current: &str) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    let mut images = Vec::new();
    let mut descriptions = HashSet::new();
    for entry in entries.flatten() {
        let path = entry.path();
        let Some((key, extension)) = parse(&path) else {
            continue;
        };
        match extension {
            "image" => images.extend(describe(key, &path)),
            "sha256" => drop(descriptions.insert(key.to_owned())),
            "partial" => remove_leftover(&path),
            _ => {}
        }
    }
    images.sort_by_key(|image| image.used);
    let mut total: u64 = images.iter().map(|image| image.space).sum();
    let path = |key: &str, extension: &str| directory.join(format!("{key}.{extension}"));
    for image in &images {
        let is_kept = total <= limit || image.key == current;
        if !is_kept && fs::remove_file(path(&image.key, "image")).is_ok() {
            total -= image.space;
        } else {
            descriptions.remove(&image.key);
        }
    }
    // Of removed images, and those that killed processes left; not those of images being stored.
    descriptions.retain(|key| !path(key, "partial").exists());
    for key in descriptions {
        let _ = fs::remove_file(path(&key, "sha256"));
    }
}

/// The key and extension of a file of the cache.
fn parse(path: &Path) -> Option<(&str, &str)> {
    let (key, extension) = path.file_name()?.to_str()?.split_once('.')?;
    let is_key = key.len() == KEY_LENGTH && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_key.then_some((key, extension))
}

fn describe(key: &str, path: &Path) -> Option<Image> {
    let metadata = path.symlink_metadata().ok()?;
    Some(Image {
        key: key.to_owned(),
        used: metadata.modified().ok()?,
        space: metadata.blocks().saturating_mul(512),
    })
}

/// Removes the file at `path` if no process writes it.
fn remove_leftover(path: &Path) {
    let Ok(file) = File::open(path) else {
        return;
    };
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() && is_at(&file, path) {
        let _ = fs::remove_file(path);
    }
}
