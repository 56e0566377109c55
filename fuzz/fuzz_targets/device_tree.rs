//! Reading and editing a device tree terminates; what is written is read again as the same tree.
#![no_main]

use std::sync::LazyLock;

use device_modules::select;
use device_tree::DeviceTree;
use kernel_modules::{IndexFiles, ModuleIndex};
use libfuzzer_sys::fuzz_target;

static BASE: LazyLock<DeviceTree> = LazyLock::new(|| {
    let bytes = include_bytes!("../../tests/images/seeds/device-tree/base.dtb");
    DeviceTree::parse(bytes).expect("a valid seed")
});

static MODULES: LazyLock<ModuleIndex> = LazyLock::new(|| {
    let files = IndexFiles {
        dep: "dwc3.ko:\nphy.ko:\n".to_owned(),
        alias: "alias of:N*T*Csnps,dwc3 dwc3\nalias of:N*T*C*phy* phy\n".to_owned(),
        ..IndexFiles::default()
    };
    ModuleIndex::new("1", files).expect("valid indexes")
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(tree) = DeviceTree::parse(bytes) else {
        return;
    };
    let written = tree.to_bytes();
    let again = DeviceTree::parse(&written).expect("what was written is valid");
    assert!(again.to_bytes() == written);
    let _ = select(&tree, &MODULES);
    let mut base = BASE.clone();
    if base.apply_overlay(&tree).is_err() {
        assert!(base == *BASE);
    }
});
