//! Reading a squashfs image with changed bytes terminates, and returns what the interface promises.
#![no_main]

use std::sync::LazyLock;

use fastboop_fuzz::{Patched, seed, visit};
use libfuzzer_sys::fuzz_target;
use squashfs_view::SquashfsView;

static IMAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let seeds: [&[u8]; 8] = [
        include_bytes!("../../tests/images/seeds/squashfs/4k.squashfs"),
        include_bytes!("../../tests/images/seeds/squashfs/fragments.squashfs"),
        include_bytes!("../../tests/images/seeds/squashfs/xz.squashfs"),
        include_bytes!("../../tests/images/seeds/squashfs/zstd.squashfs"),
        include_bytes!("../../tests/images/seeds/squashfs/lz4.squashfs.xz"),
        include_bytes!("../../tests/images/seeds/squashfs/lzo.squashfs.xz"),
        include_bytes!("../../tests/images/seeds/squashfs/gzip-options.squashfs.xz"),
        include_bytes!("../../tests/images/seeds/squashfs/stored.squashfs.xz"),
    ];
    seeds.map(seed).into()
});

fuzz_target!(|input: &[u8]| {
    let Some((&choice, patches)) = input.split_first() else {
        return;
    };
    let image = &IMAGES[usize::from(choice) % IMAGES.len()];
    if let Ok(fs) = SquashfsView::new(Patched::new(image, patches)) {
        visit(&fs, choice / 16);
    }
});
