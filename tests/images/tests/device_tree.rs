//! Device trees that dtc(1) and fdtoverlay(1) made, and damaged ones.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use device_tree::{DeviceTree, Error};
use images_tests::damages;
use kernel_modules::{IndexFiles, ModuleIndex};
use read_at::ReadAt;

const BASE: &[u8] = include_bytes!("../seeds/device-tree/base.dtb");
const OVERLAY: &[u8] = include_bytes!("../seeds/device-tree/overlay.dtb");
const SECOND: &[u8] = include_bytes!("../seeds/device-tree/second.dtb");
const MERGED: &[u8] = include_bytes!("../seeds/device-tree/merged.dtb");

fn parse(bytes: &[u8]) -> DeviceTree {
    DeviceTree::parse(bytes).unwrap()
}

/// Returns the damaged images that are still device trees. The damages begin at each offset within a
/// word.
fn damaged(image: &[u8]) -> impl Iterator<Item = DeviceTree> {
    damages(image, 3).filter_map(|faulty| {
        let mut bytes = vec![0; usize::try_from(faulty.size()).unwrap()];
        faulty.read_exact_at(&mut bytes, 0).unwrap();
        DeviceTree::parse(&bytes).ok()
    })
}

#[test]
fn writes_what_dtc_writes() {
    for seed in [BASE, OVERLAY, SECOND, MERGED] {
        assert_eq!(parse(seed).to_bytes(), seed);
    }
}

#[test]
fn reads_what_the_source_has() {
    let tree = parse(BASE);
    let serial = tree.find("serial0").unwrap();
    assert_eq!(serial.name, "serial@3000");
    assert_eq!(serial.read_u32_list("reg"), Some(vec![0x3000, 0x100]));
    let compatible: Vec<_> = tree.root.read_strings("compatible").collect();
    assert_eq!(compatible, ["test,board", "test,soc"]);
    let clocks = serial.read_u32_list("clocks").unwrap();
    let clock = tree.find_phandle(clocks[0]).unwrap();
    assert_eq!(clock.base_name(), "clock-controller");
    let reserved = tree.reservations.iter();
    let reserved: Vec<_> = reserved.map(|range| (range.address, range.size)).collect();
    let expected = [(0x8000_0000, 0x1000), (0x12_3456_789a, 0x2000)];
    assert_eq!(reserved, expected);
}

#[test]
fn merges_what_fdtoverlay_merges() {
    let mut tree = parse(BASE);
    tree.apply_overlay(&parse(OVERLAY)).unwrap();
    tree.apply_overlay(&parse(SECOND)).unwrap();
    assert_eq!(tree.to_bytes(), MERGED);
}

#[test]
fn overlays_without_their_base_name_the_label() {
    let error = parse(BASE).apply_overlay(&parse(SECOND));
    assert_eq!(error, Err(Error::UnknownLabel("port".into())));
}

#[test]
fn damaged_trees_are_errors_or_trees() {
    let overlay = parse(OVERLAY);
    let files = IndexFiles {
        alias: "alias of:N*T*Csnps,dwc3 dwc3\n".into(),
        dep: "dwc3.ko:\n".into(),
        ..IndexFiles::default()
    };
    let modules = ModuleIndex::new("7.2", files).unwrap();
    let mut count = 0;
    for mut tree in damaged(BASE) {
        let again = DeviceTree::parse(&tree.to_bytes());
        assert_eq!(again.as_ref(), Ok(&tree));
        let _ = device_modules::select(&tree, &modules);
        let _ = tree.apply_overlay(&overlay);
        count += 1;
    }
    assert!(count > 1000, "{count}");
}

#[test]
fn damaged_overlays_leave_a_tree() {
    let base = parse(BASE);
    let mut count = 0;
    for overlay in damaged(OVERLAY) {
        let mut tree = base.clone();
        if tree.apply_overlay(&overlay).is_err() {
            assert_eq!(tree, base);
            count += 1;
        }
        DeviceTree::parse(&tree.to_bytes()).unwrap();
    }
    assert!(count > 100, "{count}");
}
