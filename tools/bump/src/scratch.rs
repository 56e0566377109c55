//! A copy of the checkout for Cargo to work in, so that the checkout itself changes at once or not at all.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use pins::Error;
use tempfile::TempDir;

/// Neither part of what Cargo reads, nor small.
const LEFT_OUT: [&str; 4] = [".git", "corpus", "node_modules", "target"];

/// Copies the checkout at `root`. The copy goes when it is dropped.
pub fn copy(root: &Path) -> Result<TempDir, Error> {
    let failed = |error: io::Error| {
        Error::new(
            root.display(),
            format!("cannot make a copy for cargo: {error}"),
        )
    };
    let scratch = tempfile::tempdir().map_err(failed)?;
    copy_directory(root, scratch.path()).map_err(failed)?;
    Ok(scratch)
}

fn copy_directory(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let kind = entry.file_type()?;
        // bazel-bin and so on lead out of the checkout.
        let is_bazel = kind.is_symlink() && name.to_string_lossy().starts_with("bazel-");
        if is_bazel || LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let (path, copy) = (entry.path(), to.join(&name));
        if kind.is_dir() {
            fs::create_dir(&copy)?;
            copy_directory(&path, &copy)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(&path)?, &copy)?;
        } else if kind.is_file() {
            fs::copy(&path, &copy)?;
        }
    }
    Ok(())
}
