//! Reading an erofs image with changed bytes terminates, and returns what the interface promises.
#![no_main]

use std::sync::LazyLock;

use erofs_view::ErofsView;
use fastboop_fuzz::{Patched, seed, visit};
use libfuzzer_sys::fuzz_target;

static IMAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let seeds: [&[u8]; 10] = [
        include_bytes!("../../tests/images/seeds/erofs/lz4.xz"),
        include_bytes!("../../tests/images/seeds/erofs/lzma.xz"),
        include_bytes!("../../tests/images/seeds/erofs/zstd.xz"),
        include_bytes!("../../tests/images/seeds/erofs/deflate.xz"),
        include_bytes!("../../tests/images/seeds/erofs/dedupe-fragments.xz"),
        include_bytes!("../../tests/images/seeds/erofs/block-512.xz"),
        include_bytes!("../../tests/images/seeds/erofs/records-lzma.xz"),
        include_bytes!("../../tests/images/seeds/erofs/metabox-zstd.xz"),
        include_bytes!("../../tests/images/seeds/erofs/shared-attributes.xz"),
        include_bytes!("../../tests/images/seeds/erofs/chunk-indexes.xz"),
    ];
    seeds.map(seed).into()
});

fuzz_target!(|input: &[u8]| {
    let Some((&choice, patches)) = input.split_first() else {
        return;
    };
    let image = &IMAGES[usize::from(choice) % IMAGES.len()];
    if let Ok(fs) = ErofsView::new(Patched::new(image, patches)) {
        visit(&fs, choice / 16);
    }
});
