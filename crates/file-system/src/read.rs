//! Reads small files.

use std::path::Path;

use crate::{Error, FileSystem, resolve};

/// Returns the content of the file at `path`, which may lead through symbolic links, if it has at most
/// `limit` bytes.
///
/// # Errors
/// [`Error::TooLarge`] beyond the limit; otherwise as [`resolve()`] and [`FileSystem::open`].
pub fn read(fs: &dyn FileSystem, path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let path = resolve(fs, path)?;
    let file = fs.open(&path)?;
    let size = file.size();
    let length = usize::try_from(size).ok().filter(|_| size <= limit);
    let Some(length) = length else {
        return Err(Error::TooLarge(format!(
            "{} has {size} bytes, more than {limit}",
            path.display()
        )));
    };
    let mut content = vec![0; length];
    file.read_exact_at(&mut content, 0)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_tree::TestTree;

    #[test]
    fn reads_a_file_through_links_up_to_a_limit() {
        let tree = TestTree::new(&[("a/file", "content"), ("link", "->/a/file")]);
        assert_eq!(read(&tree, Path::new("/link"), 7).unwrap(), b"content");
        let error = read(&tree, Path::new("/link"), 6).unwrap_err();
        assert!(matches!(error, Error::TooLarge(_)), "{error}");
        let error = read(&tree, Path::new("/a"), 6).unwrap_err();
        assert!(matches!(error, Error::WrongType { .. }), "{error}");
    }
}
