//! Reading an ext4 image with changed bytes terminates, and returns what the interface promises.
#![no_main]

use std::sync::LazyLock;

use extfs_view::ExtfsView;
use fastboop_fuzz::{Patched, seed, visit};
use libfuzzer_sys::fuzz_target;

static IMAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let seeds: [&[u8]; 11] = [
        include_bytes!("../../tests/images/seeds/ext4/bigalloc.xz"),
        include_bytes!("../../tests/images/seeds/ext4/ext2.xz"),
        include_bytes!("../../tests/images/seeds/ext4/ext4-1k.xz"),
        include_bytes!("../../tests/images/seeds/ext4/ext4-4k.xz"),
        include_bytes!("../../tests/images/seeds/ext4/features.xz"),
        include_bytes!("../../tests/images/seeds/ext4/inline-data.xz"),
        include_bytes!("../../tests/images/seeds/ext4/journal.xz"),
        include_bytes!("../../tests/images/seeds/ext4/meta-bg.xz"),
        include_bytes!("../../tests/images/seeds/ext4/no-checksums.xz"),
        include_bytes!("../../tests/images/seeds/ext4/no-extents.xz"),
        include_bytes!("../../tests/images/seeds/ext4/old.xz"),
    ];
    seeds.map(seed).into()
});

fuzz_target!(|input: &[u8]| {
    let Some((&choice, patches)) = input.split_first() else {
        return;
    };
    let image = &IMAGES[usize::from(choice) % IMAGES.len()];
    if let Ok(fs) = ExtfsView::new(Patched::new(image, patches)) {
        visit(&fs, choice / 16);
    }
});
