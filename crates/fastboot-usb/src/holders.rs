//! Which processes use a device.

use std::fmt::{self, Display};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A process that has a device node open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process ID.
    pub pid: u32,
    /// Its name, which it can choose itself: escape it before it is printed.
    pub name: String,
}

/// The processes that have a device node open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// The device node.
    pub node: PathBuf,
    /// The processes, sorted by process ID.
    pub processes: Vec<Holder>,
    /// Whether there are processes of other users whose files this user may not see.
    pub is_partial: bool,
}

impl Holders {
    /// Finds them below `/proc`, without this process.
    pub fn find(node: &Path) -> Self {
        Self::find_in(Path::new("/proc"), node, std::process::id())
    }

    fn find_in(proc: &Path, node: &Path, this: u32) -> Self {
        let mut holders = Holders {
            node: node.to_owned(),
            ..Holders::default()
        };
        let entries = fs::read_dir(proc).into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        for pid in pids.filter(|pid: &u32| *pid != this) {
            let directory = proc.join(pid.to_string());
            match is_open(&directory.join("fd"), node) {
                Ok(true) => holders.processes.push(Holder {
                    pid,
                    name: read_name(&directory),
                }),
                Ok(false) => {}
                Err(error) => {
                    // A process that ended meanwhile is not hidden.
                    holders.is_partial |= error.kind() == io::ErrorKind::PermissionDenied;
                }
            }
        }
        holders.processes.sort_by_key(|holder| holder.pid);
        holders
    }
}

fn is_open(descriptors: &Path, node: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(descriptors)? {
        if fs::read_link(entry?.path()).is_ok_and(|path| path == node) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read_name(directory: &Path) -> String {
    let name = fs::read(directory.join("comm")).unwrap_or_default();
    String::from_utf8_lossy(&name).trim_end().to_owned()
}

impl Display for Holders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = self.node.display();
        if self.processes.is_empty() && self.is_partial {
            let hidden = "a process that this user may not see";
            return write!(
                f,
                "{hidden}; `sudo fuser -v {node}` names it; stop it, and try again"
            );
        }
        if self.processes.is_empty() {
            return f.write_str("a kernel driver; `lsusb -t` names it; unload it, and try again");
        }
        for (index, Holder { pid, name }) in self.processes.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{name} (process {pid})")?;
        }
        match self.processes.iter().any(|holder| holder.name == "fwupd") {
            true => f.write_str("; run `sudo systemctl stop fwupd`, and try again"),
            false => f.write_str("; stop it, and try again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A directory like `/proc`, which is removed when it is dropped.
    struct Proc(PathBuf);

    impl Proc {
        fn new(name: &str) -> Self {
            let name = format!("fastboot-usb-{name}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("uptime"), "1").unwrap();
            Proc(path)
        }

        fn add(&self, pid: u32, name: &str, files: &[&str]) {
            let directory = self.0.join(pid.to_string());
            fs::create_dir_all(directory.join("fd")).unwrap();
            fs::write(directory.join("comm"), format!("{name}\n")).unwrap();
            for (number, file) in files.iter().enumerate() {
                symlink(file, directory.join(format!("fd/{number}"))).unwrap();
            }
        }
    }

    impl Drop for Proc {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const NODE: &str = "/dev/bus/usb/001/004";

    #[test]
    fn names_the_processes_that_have_the_node_open() {
        let proc = Proc::new("names");
        proc.add(30, "adb", &["/dev/null", NODE]);
        proc.add(4, "fwupd", &[NODE]);
        proc.add(5, "bash", &["/dev/bus/usb/001/005"]);
        proc.add(6, "this", &[NODE]);
        let holders = Holders::find_in(&proc.0, Path::new(NODE), 6);
        assert_eq!(
            holders.to_string(),
            "fwupd (process 4), adb (process 30); run `sudo systemctl stop fwupd`, and try again"
        );
        assert!(!holders.is_partial);
    }

    #[test]
    fn reports_a_driver_if_no_process_has_the_node_open() {
        let proc = Proc::new("driver");
        proc.add(4, "bash", &["/dev/null"]);
        let holders = Holders::find_in(&proc.0, Path::new(NODE), 1);
        assert!(
            holders.to_string().starts_with("a kernel driver"),
            "{holders}"
        );
    }

    #[test]
    fn reports_that_a_process_may_be_hidden() {
        let holders = Holders {
            node: NODE.into(),
            is_partial: true,
            ..Holders::default()
        };
        let text = holders.to_string();
        assert!(text.contains("may not see"), "{text}");
        assert!(text.contains(NODE), "{text}");
    }

    #[test]
    fn notices_processes_that_it_may_not_see() {
        let proc = Proc::new("hidden");
        proc.add(4, "fwupd", &[NODE]);
        let fd = proc.0.join("4/fd");
        fs::set_permissions(&fd, fs::Permissions::from_mode(0o000)).unwrap();
        // root may see everything.
        let is_root = fs::read_dir(&fd).is_ok();
        let holders = Holders::find_in(&proc.0, Path::new(NODE), 1);
        fs::set_permissions(&fd, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(holders.is_partial, !is_root);
        assert_eq!(holders.processes.len(), usize::from(is_root));
    }
}
