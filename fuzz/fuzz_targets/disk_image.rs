//! Going through the layers of a disk image with changed bytes terminates, and partitions lie within the disk.
#![no_main]

use std::sync::{Arc, LazyLock};

use decompress::Limits;
use disk_image::{Images, Kind, Options, View};
use fastboop_fuzz::Patched;
use libfuzzer_sys::fuzz_target;

static IMAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let gpt = include_bytes!("../../tests/images/seeds/disk/gpt.zst");
    let mbr = include_bytes!("../../tests/images/seeds/disk/mbr.simg.gz");
    [&gpt[..], mbr].map(unpacked).into()
});

fn unpacked(seed: &[u8]) -> Vec<u8> {
    let format = decompress::Format::detect(seed).expect("a compressed seed");
    let mut reader =
        decompress::reader(format, seed, Limits::with_memory(400 << 20)).expect("a valid seed");
    let mut image = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut image).expect("a valid seed");
    image
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, patches)) = input.split_first() else {
        return;
    };
    let image = &IMAGES[usize::from(*choice) % IMAGES.len()];
    let view = View::new("image", Arc::new(Patched::new(image, patches)));
    // Decompressing writes files, which is slow; the target `decompress` does the rest.
    let options = Options {
        max_size: 0,
        ..Options::default()
    };
    let Ok(layers) = Images::new(options, |_| ()).view_layers(view) else {
        return;
    };
    for layer in layers.all() {
        if let Kind::Table(table) = &layer.kind {
            let size = layer.view.content().size();
            for partition in &table.partitions {
                assert!(
                    partition
                        .start
                        .checked_add(partition.size)
                        .is_some_and(|end| end <= size)
                );
            }
        }
    }
});
