//! Error messages of mount(2).

use std::fs;

use nix::errno::Errno;

/// Describes why a file system cannot be mounted, and what to do about it.
pub fn describe_mount_error(kind: &str, error: Errno) -> String {
    let list = fs::read_to_string("/proc/filesystems");
    if error == Errno::ENODEV && list.is_ok_and(|list| !is_registered(kind, &list)) {
        return format!(
            "the kernel has no {kind} (not in /proc/filesystems); add the module {kind} to the initramfs"
        );
    }
    format!("cannot mount {kind}: {error}; see the kernel's log")
}

/// Whether `/proc/filesystems` lists `kind`: a line is `nodev` or nothing, a tab, the name.
fn is_registered(kind: &str, filesystems: &str) -> bool {
    filesystems
        .lines()
        .any(|line| line.split('\t').next_back() == Some(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explains_mount_errors_by_the_kernels_file_systems() {
        let list = "nodev\tsysfs\n\text4\n";
        assert!(is_registered("ext4", list) && is_registered("sysfs", list));
        assert!(!is_registered("ext", list) && !is_registered("nodev", list));
        let text = describe_mount_error("no-such-fs", Errno::ENODEV);
        assert!(text.contains("add the module no-such-fs"), "{text}");
        let text = describe_mount_error("proc", Errno::EINVAL);
        assert!(text.contains("cannot mount proc: EINVAL"), "{text}");
    }
}
