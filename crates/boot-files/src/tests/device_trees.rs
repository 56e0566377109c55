//! Tests of the search for device trees and firmware.

use super::{lines, source};
use crate::test_tree::{TestTree, image};
use crate::{BootFiles, Options, What};

#[test]
fn firmware_is_searched_as_the_kernel_does() {
    let tree = TestTree::default()
        .with("usr/lib/modules/6.1/modules.dep", "")
        .with("usr/lib/modules/6.1/vmlinuz", image("6.1", 0))
        .with("lib", "->usr/lib")
        .with("usr/lib/firmware/a.xz", "")
        .with("usr/lib/firmware/a", "")
        .with("usr/lib/firmware/updates/a.zst", "")
        .with("usr/lib/firmware/6.1/b.xz", "")
        .with("usr/lib/firmware/b", "->nowhere");
    let sources = [source("root", &tree)];
    let found = BootFiles::find(&sources, &Options::default()).unwrap();
    for (name, path) in [
        ("a", "usr/lib/firmware/a"),
        ("b", "usr/lib/firmware/6.1/b.xz"),
    ] {
        let file = found.find_firmware(name).unwrap().unwrap();
        assert_eq!(file.location.path.to_str(), Some(path));
    }
    assert_eq!(found.firmware.directories.len(), 3);
}

#[test]
fn device_trees_of_other_kernels_are_not_mixed_in() {
    let tree = TestTree::default()
        .with("usr/lib/modules/6.1/modules.dep", "")
        .with("usr/lib/modules/6.2/modules.dep", "")
        .with("boot/vmlinuz-6.2", image("6.2", 0))
        .with("boot/dtb", "->dtb-6.1")
        .with("boot/dtb-6.1/qcom/a.dtb", "")
        .with("boot/dtbs/6.1/qcom/a.dtb", "")
        .with("boot/dtbs/6.2/qcom/b.dtb", "")
        .with("boot/dtbs/6.2/qcom/o.dtbo", "");
    let sources = [source("root", &tree)];
    let found = BootFiles::find(&sources, &Options::default()).unwrap();
    assert_eq!(found.find_dtb("b.dtb").unwrap().name, "qcom/b");
    assert_eq!(found.device_trees.overlays[0].name, "qcom/o");
    assert_eq!(found.device_trees.dtbs.len(), 1);
    assert!(
        lines(&found, What::DeviceTrees).contains(&"device trees /boot/dtbs/6.2: taken".to_owned())
    );
    let tree = tree.with("boot/vmlinuz-6.1", image("6.1", 0));
    let sources = [source("root", &tree)];
    let kernel_release = Some("6.1".to_owned());
    let found = BootFiles::find(&sources, &Options { kernel_release }).unwrap();
    assert_eq!(found.find_dtb("qcom/a").unwrap().name, "qcom/a");
}

#[test]
fn shared_device_trees_need_a_single_kernel() {
    let tree = TestTree::default()
        .with("usr/lib/modules/6.1/modules.dep", "")
        .with("boot/vmlinuz-6.1", image("6.1", 0))
        .with("boot/dtbs/qcom/a.dtb", "");
    let sources = [source("root", &tree)];
    let found = BootFiles::find(&sources, &Options::default()).unwrap();
    assert!(found.find_dtb("qcom/a").is_ok());
    let tree = tree
        .with("usr/lib/modules/6.2/modules.dep", "")
        .with("boot/vmlinuz-6.2", image("6.2", 0));
    let sources = [source("root", &tree)];
    let found = BootFiles::find(&sources, &Options::default()).unwrap();
    let message = found.find_dtb("qcom/a").unwrap_err().to_string();
    let expected = "device tree qcom/a: not found in the image: it holds no device trees for this kernel; \
                    name another with --dtb";
    assert_eq!(message, expected);
    let reason = "device trees /boot/dtbs: it may belong to any of several kernels in the image";
    assert_eq!(lines(&found, What::DeviceTrees), [reason]);
}

#[test]
fn names_of_device_trees_may_be_short_but_not_ambiguous() {
    let tree = TestTree::new(&[
        "usr/lib/modules/6.1/modules.dep",
        "usr/lib/modules/6.1/dtb/qcom/sdm845-fajita.dtb",
        "usr/lib/modules/6.1/dtb/qcom/x.dtb",
        "usr/lib/modules/6.1/dtb/ti/x.dtb",
    ])
    .with("usr/lib/modules/6.1/vmlinuz", image("6.1", 0));
    let sources = [source("root", &tree)];
    let found = BootFiles::find(&sources, &Options::default()).unwrap();
    for name in ["sdm845-fajita", "qcom/sdm845-fajita.dtb"] {
        assert_eq!(found.find_dtb(name).unwrap().name, "qcom/sdm845-fajita");
    }
    for (name, message) in [
        (
            "x",
            "device tree x: several match in /usr/lib/modules/6.1/dtb: qcom/x, ti/x; use one of these names",
        ),
        (
            "qcom/sdm845-fajitas",
            "device tree qcom/sdm845-fajitas: not found in /usr/lib/modules/6.1/dtb; similar names are \
             qcom/sdm845-fajita; name another with --dtb",
        ),
        (
            "other/sdm845-fajita",
            "device tree other/sdm845-fajita: not found in /usr/lib/modules/6.1/dtb; similar names are \
             qcom/sdm845-fajita; name another with --dtb",
        ),
    ] {
        assert_eq!(found.find_dtb(name).unwrap_err().to_string(), message);
    }
}
