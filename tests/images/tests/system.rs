//! The choice of the root file system and of the OSTree deployment, in directories in place of file systems.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use disk_image::{Partition, PartitionChoice, PartitionType, View};
use file_system::read;
use image_files::{Choice, ImageFiles, System, Volume};
use images_tests::Directory;
use tempfile::TempDir;

/// Directories with these files, each the content of a partition with the number 1, 2, …
fn image(partitions: &[&[(&str, &str)]]) -> (TempDir, ImageFiles) {
    let directory = tempfile::tempdir().unwrap();
    let mut volumes = Vec::new();
    for (files, number) in partitions.iter().zip(1..) {
        let root = directory.path().join(number.to_string());
        fs::create_dir(&root).unwrap();
        for (path, text) in *files {
            write(&root.join(path), text);
        }
        volumes.push(Volume {
            name: format!("partition {number}"),
            label: None,
            uuid: None,
            partition: Some(partition(number)),
            fs: Box::new(Directory::new(&root)),
            view: View::new("directory", Arc::new(Vec::new())),
        });
    }
    let unreadable = Vec::new();
    (
        directory,
        ImageFiles {
            volumes,
            unreadable,
        },
    )
}

/// Writes a file, or with `->` in front a symbolic link.
fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    match text.strip_prefix("->") {
        Some(target) => symlink(target, path).unwrap(),
        None => fs::write(path, text).unwrap(),
    }
}

fn partition(number: u32) -> Partition {
    Partition {
        number,
        name: None,
        uuid: String::new(),
        kind: PartitionType::Byte(0x83),
        start: 0,
        size: 0,
        is_bootable: false,
        attributes: 0,
    }
}

fn choice(partition: Option<u32>, deployment: Option<&str>) -> Choice {
    Choice {
        partition: partition.map(PartitionChoice::Number),
        deployment: deployment.map(str::to_owned),
    }
}

fn error(files: &ImageFiles, choice: &Choice) -> String {
    let error = System::open(files, choice).err();
    error.unwrap().to_string()
}

const BOOT: &[(&str, &str)] = &[("vmlinuz", "")];
const ROOT: &[(&str, &str)] = &[("usr/lib/os-release", "")];

#[test]
fn root_is_the_only_file_system_of_a_linux_system() {
    let (_directory, files) = image(&[BOOT, ROOT]);
    let system = System::open(&files, &Choice::default()).unwrap();
    assert_eq!(system.volume().name, "partition 2");
    let names: Vec<_> = system
        .file_systems()
        .iter()
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(names, ["partition 2", "partition 1"]);
    let system = System::open(&files, &choice(Some(1), None)).unwrap();
    assert_eq!(system.volume().name, "partition 1");
}

#[test]
fn a_choice_that_is_not_unique_is_an_error() {
    let (_directory, files) = image(&[ROOT, BOOT, ROOT]);
    let expected =
        "several root file systems: partition 1; partition 3; choose one with --partition";
    assert_eq!(error(&files, &Choice::default()), expected);
    let message = error(&files, &choice(Some(4), None));
    assert!(
        message.starts_with("no file system in the partition with the number 4; found"),
        "{message}"
    );
    let (_directory, files) = image(&[BOOT, BOOT]);
    let message = error(&files, &Choice::default());
    assert!(
        message.ends_with("/ostree/deploy; found partition 1; partition 2"),
        "{message}"
    );
}

/// An OSTree root with two deployments, and where the links of the boot menu lead.
fn ostree(linked: &str) -> Vec<(String, String)> {
    let deploy = "ostree/deploy/os/deploy";
    let mut files = Vec::new();
    for digit in ["a", "b"] {
        let path = format!("{deploy}/{}.0/usr/lib/os-release", digit.repeat(64));
        files.push((path, format!("system {digit}")));
    }
    let link = format!("->../../../../{deploy}/{}.0", linked.repeat(64));
    files.push(("ostree/boot.1/os/checksum/0".to_owned(), link));
    files
}

fn pairs(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect()
}

const ENTRY: (&str, &str) = (
    "loader/entries/ostree-1.conf",
    "title os\nversion 1\noptions root=LABEL=x ostree=/ostree/boot.1/os/checksum/0\n",
);

#[test]
fn deployment_is_the_one_of_the_boot_menu() {
    for linked in ["a", "b"] {
        let root = ostree(linked);
        let (_directory, files) = image(&[&[ENTRY], &pairs(&root)]);
        let system = System::open(&files, &Choice::default()).unwrap();
        assert_eq!(system.deployments().len(), 2);
        assert_eq!(system.deployment().unwrap().checksum, linked.repeat(64));
        let found = read(system.root(), Path::new("/usr/lib/os-release"), 100).unwrap();
        assert_eq!(found, format!("system {linked}").as_bytes());
    }
}

#[test]
fn deployment_can_be_chosen_by_its_checksum() {
    let root = ostree("a");
    let (_directory, files) = image(&[&pairs(&root)]);
    let system = System::open(&files, &choice(None, Some("bb"))).unwrap();
    assert_eq!(system.deployment().unwrap().checksum, "b".repeat(64));
    let message = error(&files, &choice(None, Some("c")));
    assert!(
        message.starts_with("no deployment c; found os aaaa"),
        "{message}"
    );
    // Without a boot menu.
    let message = error(&files, &Choice::default());
    assert!(
        message.starts_with("several deployments: os aaaa"),
        "{message}"
    );
}
