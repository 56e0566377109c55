//! Extended attributes of directories: SELinux labels and access control lists.

use std::path::Path;

use rustix::fs::{XattrFlags, getxattr, listxattr, setxattr};

use crate::console::{Level, log};

/// The maximum size in bytes of a value, and of a list of names (xattr(7)).
const MAX_SIZE: usize = 64 << 10;
/// Overlayfs's own attributes, which would change the meaning of an upper directory.
const OVERLAY: [&[u8]; 2] = [b"trusted.overlay.", b"user.overlay."];

/// Copies the extended attributes of `from` to `to`. Attributes that cannot be copied, such as those that
/// the file system of `to` does not support, are warnings.
pub fn copy_all(from: &Path, to: &Path) {
    let mut names = vec![0; MAX_SIZE];
    // File systems without attributes, and damaged ones, which the kernel reports.
    let Ok(length) = listxattr(from, &mut names) else {
        return;
    };
    let mut value = vec![0; MAX_SIZE];
    let names = names.get(..length).unwrap_or_default();
    for name in names.split(|byte| *byte == 0) {
        if name.is_empty() || OVERLAY.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let copied = getxattr(from, name, &mut value).and_then(|length| {
            let value = value.get(..length).unwrap_or_default();
            setxattr(to, name, value, XattrFlags::empty())
        });
        if let Err(error) = copied {
            let name = String::from_utf8_lossy(name);
            let text = format!("overlay: extended attribute {name}: {error}; ignored");
            log(Level::Warning, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use temp_dir::TempDir;

    #[test]
    fn copies_attributes_except_those_of_overlayfs() {
        let dir = TempDir::new().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("a")).unwrap();
        std::fs::create_dir(at("b")).unwrap();
        let set = |name: &str, value: &[u8]| setxattr(at("a"), name, value, XattrFlags::empty());
        if set("user.test", b"value\0").is_err() {
            eprintln!(
                "skipped: {} has no user attributes; VM tests cover this",
                dir.path().display()
            );
            return;
        }
        set("user.overlay.opaque", b"y").unwrap();
        copy_all(&at("a"), &at("b"));
        let mut value = [0; 100];
        let length = getxattr(at("b"), "user.test", &mut value).unwrap();
        assert_eq!(&value[..length], b"value\0");
        assert!(getxattr(at("b"), "user.overlay.opaque", &mut value).is_err());
    }
}
