//! Reading a FAT image with changed bytes terminates, and returns what the interface promises.
#![no_main]

use std::sync::LazyLock;

use fastboop_fuzz::{Patched, seed, visit};
use fat_view::FatView;
use libfuzzer_sys::fuzz_target;

static IMAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let seeds: [&[u8]; 4] = [
        include_bytes!("../../tests/images/seeds/fat/fat12.xz"),
        include_bytes!("../../tests/images/seeds/fat/fat16.xz"),
        include_bytes!("../../tests/images/seeds/fat/fat32.xz"),
        include_bytes!("../../tests/images/seeds/fat/sectors-4096.xz"),
    ];
    seeds.map(seed).into()
});

fuzz_target!(|input: &[u8]| {
    let Some((&choice, patches)) = input.split_first() else {
        return;
    };
    let image = &IMAGES[usize::from(choice) % IMAGES.len()];
    if let Ok(fs) = FatView::new(Patched::new(image, patches)) {
        visit(&fs, choice / 16);
    }
});
