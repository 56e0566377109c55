//! Tests of the search: what is taken, what is not, and what is said about it.

mod device_trees;

use crate::test_tree::{TestTree, gzip, image, pe};
use crate::{BootFiles, Error, Location, Options, Source, What};

fn source<'a>(name: &str, fs: &'a TestTree) -> Source<'a> {
    Source {
        name: name.to_owned(),
        fs,
    }
}

/// The lines of all candidates of this kind.
fn lines(found: &BootFiles, what: What) -> Vec<String> {
    let list = found.candidates.list().iter();
    let lines = list.filter(|candidate| candidate.what == what);
    lines.map(ToString::to_string).collect()
}

fn error(tree: &TestTree, release: Option<&str>) -> String {
    let kernel_release = release.map(str::to_owned);
    let sources = [source("root", tree)];
    let found = BootFiles::find(&sources, &Options { kernel_release });
    found.map(|_| ()).unwrap_err().to_string()
}

fn three_kernels() -> TestTree {
    TestTree::default()
        .with("boot/vmlinuz-6.1.0-9", image("6.1.0-9", 0))
        .with("boot/vmlinuz-6.1.0-10", image("6.1.0-10", 0))
        .with("boot/vmlinuz-6.2.0", image("6.2.0", 0))
        .with("boot/vmlinuz-6.3.0", image("6.1.0-9", 0))
        .with("usr/lib/modules/6.1.0-9/modules.dep", "")
        .with("usr/lib/modules/6.1.0-10/modules.dep", "")
        .with("usr/lib/modules/6.3.0/modules.dep", "")
        .with("usr/lib/modules/6.4.0/modules.dep", "")
        .with("usr/lib/modules/6.5.0/extra/x.ko", "")
        .with("lib", "->usr/lib")
}

#[test]
fn takes_the_newest_kernel_whose_modules_match() {
    let tree = three_kernels();
    let sources = [source("root", &tree)];
    let found = BootFiles::find(&sources, &Options::default()).unwrap();
    assert_eq!(found.kernel.release, "6.1.0-10");
    assert!(found.kernel.has_release);
    assert_eq!(
        lines(&found, What::Kernel),
        [
            "kernel /boot/vmlinuz-6.2.0: modules for 6.2.0 are missing in /usr/lib/modules",
            "kernel /boot/vmlinuz-6.3.0: its name says 6.3.0, its content 6.1.0-9",
            "kernel /boot/vmlinuz-6.1.0-10: taken",
            "kernel /boot/vmlinuz-6.1.0-9: 6.1.0-9 is not the chosen 6.1.0-10",
        ]
    );
    assert_eq!(
        lines(&found, What::Modules),
        [
            "modules /usr/lib/modules/6.1.0-10: taken",
            "modules /usr/lib/modules/6.1.0-9: the chosen kernel is 6.1.0-10",
            "modules /usr/lib/modules/6.3.0: the chosen kernel is 6.1.0-10",
            "modules /usr/lib/modules/6.4.0: the chosen kernel is 6.1.0-10",
            "modules /usr/lib/modules/6.5.0: modules.dep is missing",
        ]
    );
}

#[test]
fn takes_the_requested_kernel() {
    let tree = three_kernels();
    let sources = [source("root", &tree)];
    let kernel_release = Some("6.1.0-9".to_owned());
    let found = BootFiles::find(&sources, &Options { kernel_release }).unwrap();
    assert_eq!(
        found.kernel.location.path.to_str(),
        Some("boot/vmlinuz-6.1.0-9")
    );
    assert_eq!(
        error(&tree, Some("5.10")),
        "kernel release 5.10: not found with its modules in root; the image holds 6.3.0, 6.1.0-10, 6.1.0-9, choose one of them"
    );
}

#[test]
fn names_the_reasons_if_there_is_no_kernel() {
    for (tree, words) in [
        (
            TestTree::new(&["home/file"]),
            "check that the image contains a Linux root",
        ),
        (
            TestTree::new(&["usr/lib/modules/6.1/x"]).with("boot/Image", image("6.1", 0)),
            "/usr/lib/modules/6.1 lacks modules.dep; run depmod 6.1",
        ),
        (
            TestTree::new(&["usr/lib/modules/6.1/modules.dep", "boot/vmlinuz-6.1"]),
            "kernel /boot/vmlinuz-6.1: not a Linux kernel",
        ),
        (
            TestTree::new(&["usr/lib/modules/6.1/modules.dep"]),
            "modules /usr/lib/modules/6.1: a kernel 6.1 is missing",
        ),
    ] {
        let message = error(&tree, None);
        assert!(
            message.starts_with("no kernel with its modules found in root: "),
            "{message}"
        );
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_kernel_without_a_release_belongs_to_the_only_modules() {
    let modules = [
        "lib/modules/6.1/modules.dep",
        "lib/modules/extramodules/version",
    ];
    let tree = TestTree::new(&modules).with("boot/Image", image("", 0));
    let sources = [source("root", &tree)];
    let found = BootFiles::find(&sources, &Options::default()).unwrap();
    assert_eq!(
        (&*found.kernel.release, found.kernel.has_release),
        ("6.1", false)
    );
    let tree = tree.with("lib/modules/6.2/modules.dep", "");
    let message = error(&tree, None);
    assert!(
        message.contains("its release cannot be determined"),
        "{message}"
    );
}

#[test]
fn modules_of_another_file_system_are_found() {
    let boot = TestTree::default().with("vmlinuz", gzip(&image("6.1", 0)));
    let root = TestTree::new(&["lib/modules/6.1/modules.dep", "lib/firmware/6.1/a.xz"]);
    let sources = [source("boot", &boot), source("root", &root)];
    let found = BootFiles::find(&sources, &Options::default()).unwrap();
    assert_eq!(
        (found.kernel.location.source, found.modules.location.source),
        (0, 1)
    );
    assert!(found.open_kernel().unwrap().release().unwrap().is_some());
    let firmware = found.find_firmware("a").unwrap().unwrap();
    assert_eq!(firmware.location.source, 1);
    assert!(found.find_firmware("../6.1/b").unwrap().is_none());
}

#[test]
fn an_entry_is_taken_only_for_its_kernel() {
    let tree = TestTree::default()
        .with("usr/lib/modules/6.1/modules.dep", "")
        .with("boot/token/6.1/linux", image("6.1", 0))
        .with("boot/loader/entries/a.conf", "linux /nowhere\n")
        .with(
            "boot/loader/entries/b.conf",
            "linux /token/6.1/linux\noptions quiet\n",
        )
        .with("boot/EFI/Linux/c.efi", pe(&[(".linux", b"text")]));
    let sources = [source("root", &tree)];
    let found = BootFiles::find(&sources, &Options::default()).unwrap();
    assert_eq!(
        found.entry.as_ref().unwrap().entry.options.as_deref(),
        Some("quiet")
    );
    assert_eq!(
        lines(&found, What::BootEntry),
        [
            "boot entry /boot/EFI/Linux/c.efi: its kernel is not the chosen one",
            "boot entry /boot/loader/entries/b.conf: taken",
            "boot entry /boot/loader/entries/a.conf: its kernel is missing",
        ]
    );
}

#[test]
fn directories_that_contain_themselves_end() {
    let tree = TestTree::default()
        .with("boot", "loop")
        .with("usr/lib/modules", "loop")
        .with("usr/lib/linux-image-a", "loop");
    let message = error(&tree, None);
    assert!(message.starts_with("no kernel"), "{message}");
}

#[test]
fn many_files_are_bounded() {
    let mut tree = TestTree::new(&["usr/lib/modules/6.1/modules.dep"]);
    for number in 0..300 {
        tree = tree.with(&format!("boot/vmlinuz-6.1.{number}"), "");
        tree = tree.with(&format!("usr/lib/modules/6.2.{number}/x"), "");
    }
    assert!(error(&tree, None).len() < 2000);
}

#[test]
fn a_file_that_cannot_be_found_is_an_error() {
    let tree = three_kernels();
    let sources = [source("root", &tree)];
    let found = BootFiles::find(&sources, &Options::default()).unwrap();
    let location = |source, path: &str| Location {
        source,
        path: path.into(),
    };
    assert!(matches!(
        found.open(&location(1, "x")),
        Err(Error::FileSystem { .. })
    ));
    assert!(matches!(
        found.open(&location(0, "x")),
        Err(Error::FileSystem { .. })
    ));
}
