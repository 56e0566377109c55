//! The view of OSTree deployments, in directories like those that `ostree admin deploy` makes.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use file_system::{Error, FileSystem, FileType, read, resolve};
use images_tests::Directory;
use root_files::{Deployment, DeploymentView, deployments};
use tempfile::TempDir;

const CHECKSUM: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// An OSTree root whose deployment has these files.
fn root(files: &[&str]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let os = root.path().join("ostree/deploy/fedora");
    let deployment = os.join(format!("deploy/{CHECKSUM}.0"));
    for file in files {
        let path = deployment.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, *file).unwrap();
    }
    fs::create_dir_all(os.join("var/lib")).unwrap();
    fs::write(os.join(format!("deploy/{CHECKSUM}.0.origin")), "").unwrap();
    fs::create_dir_all(root.path().join("boot/loader")).unwrap();
    root
}

/// What a deployment of Fedora has.
fn fedora() -> TempDir {
    let files = ["usr/etc/fstab", "usr/lib/os-release", "sysroot/x", "var/x"];
    let root = root(&files);
    let deployment = root
        .path()
        .join(format!("ostree/deploy/fedora/deploy/{CHECKSUM}.0"));
    symlink("usr/lib", deployment.join("lib")).unwrap();
    symlink("sysroot/ostree", deployment.join("ostree")).unwrap();
    symlink("var/home", deployment.join("home")).unwrap();
    root
}

fn deployment() -> Deployment {
    Deployment {
        os: "fedora".into(),
        checksum: CHECKSUM.to_owned(),
        serial: 0,
    }
}

#[test]
fn lists_deployments() {
    let root = fedora();
    let os = root.path().join("ostree/deploy/another/deploy");
    fs::create_dir_all(os.join(format!("{CHECKSUM}.1"))).unwrap();
    fs::create_dir_all(os.join("lost+found")).unwrap();
    fs::create_dir_all(root.path().join("ostree/deploy/empty")).unwrap();
    let found = deployments(&Directory::new(root.path())).unwrap();
    let names: Vec<String> = found
        .iter()
        .map(|found| format!("{} {}", found.os.to_str().unwrap(), found.serial))
        .collect();
    assert_eq!(names, ["another 1", "fedora 0"]);
    let other = tempfile::tempdir().unwrap();
    assert_eq!(deployments(&Directory::new(other.path())).unwrap(), []);
}

#[test]
fn shows_a_deployment_as_the_root() {
    let root = fedora();
    let physical = Directory::new(root.path());
    let view = DeploymentView::new(&physical, &deployment()).unwrap();
    let names = |path: &str| -> Vec<String> {
        let entries = view.read_dir(Path::new(path)).unwrap();
        let names = entries.into_iter().map(|entry| entry.name);
        names.map(|name| name.into_string().unwrap()).collect()
    };
    let expected = ["etc", "home", "lib", "ostree", "sysroot", "usr", "var"];
    assert_eq!(names(""), expected);
    assert_eq!(names("etc"), ["fstab"]);
    assert_eq!(names("var"), ["lib"]);
    assert_eq!(names("sysroot"), ["boot", "ostree"]);
    let content = read(&view, Path::new("/lib/os-release"), 100).unwrap();
    assert_eq!(content, b"usr/lib/os-release");
    let deploy = resolve(&view, Path::new("/ostree/deploy")).unwrap();
    assert_eq!(deploy, Path::new("sysroot/ostree/deploy"));
    for name in ["etc", "sysroot", "var", "var/lib", "etc/fstab"] {
        let metadata = view.metadata(Path::new(name)).unwrap();
        let is_directory = metadata.file_type == FileType::Directory;
        assert_eq!(is_directory, name != "etc/fstab", "{name}");
    }
}

#[test]
fn own_etc_takes_precedence() {
    let root = root(&["usr/etc/fstab", "etc/passwd"]);
    let physical = Directory::new(root.path());
    let view = DeploymentView::new(&physical, &deployment()).unwrap();
    let content = read(&view, Path::new("/etc/passwd"), 100).unwrap();
    assert_eq!(content, b"etc/passwd");
    assert!(read(&view, Path::new("/etc/fstab"), 100).is_err());
}

#[test]
fn rejects_what_is_not_a_deployment_with_its_files() {
    for (file, words) in [
        (".ostree.cfs", "only a composefs image (.ostree.cfs); use"),
        ("x", "not a deployment: it has no directory usr"),
        ("usr", "not a deployment"),
    ] {
        let root = root(&[file]);
        let physical = Directory::new(root.path());
        let error = DeploymentView::new(&physical, &deployment()).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
    let root = root(&["usr/x"]);
    let physical = Directory::new(root.path());
    let mut other = deployment();
    other.serial = 1;
    assert!(DeploymentView::new(&physical, &other).is_err());
    let view = DeploymentView::new(&physical, &deployment()).unwrap();
    let error = view.open(Path::new("usr")).err().unwrap();
    assert!(
        matches!(error, Error::WrongType { .. } | Error::Io(_)),
        "{error}"
    );
}
