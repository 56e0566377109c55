//! Reading an Android boot image with changed bytes terminates; what is written again is read as the same image.
#![no_main]

use android_bootimg::{BootImage, Limits, Part, Parts, Plan, appended_dtb};
use fastboop_fuzz::Patched;
use libfuzzer_sys::fuzz_target;
use read_at::ReadAt;

static IMAGES: [&[u8]; 5] = [
    include_bytes!("../../tests/images/seeds/bootimg/v0-gz-dtb.img"),
    include_bytes!("../../tests/images/seeds/bootimg/v1.img"),
    include_bytes!("../../tests/images/seeds/bootimg/v2.img"),
    include_bytes!("../../tests/images/seeds/bootimg/v3.img"),
    include_bytes!("../../tests/images/seeds/bootimg/v4.img"),
];

fuzz_target!(|input: &[u8]| {
    let Some((choice, patches)) = input.split_first() else {
        return;
    };
    let file = Patched::new(IMAGES[usize::from(*choice) % IMAGES.len()], patches);
    let Ok(image) = BootImage::parse(&file) else {
        return;
    };
    for range in image.parts() {
        let part = image.part(range.part).expect("a part of the image");
        assert!(part.size() == u64::from(range.size));
        assert!(range.offset + part.size() <= file.size());
    }
    let id = image.compute_id().expect("a file that can be read");
    let contents = Part::ALL.map(|part| image.part(part));
    let contents = contents
        .each_ref()
        .map(|content| content.as_ref().map(|content| content as &dyn ReadAt));
    let [
        Some(kernel),
        Some(ramdisk),
        second,
        recovery_dtbo,
        dtb,
        signature,
    ] = contents
    else {
        return;
    };
    let _ = image.part(Part::Kernel).map(|kernel| appended_dtb(&kernel));
    let parts = Parts {
        kernel,
        ramdisk,
        second,
        recovery_dtbo,
        dtb,
        signature,
    };
    let Ok(plan) = Plan::new(image.header().clone(), parts, &Limits::default()) else {
        return;
    };
    let mut written = Vec::new();
    plan.write(&mut written).expect("parts that can be read");
    let again = BootImage::parse(&written).expect("what was written is valid");
    assert!(again.id() == id && again.parts().eq(image.parts()));
    assert!(again.header().cmdline == image.header().cmdline);
});
