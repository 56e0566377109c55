use super::*;

/// The beginning of a device tree, which is what is checked.
fn dtb(size: u32) -> Vec<u8> {
    let mut bytes = DTB_MAGIC.to_be_bytes().to_vec();
    bytes.extend(size.to_be_bytes());
    bytes.resize(size as usize, 7);
    bytes
}

fn pack(gzip: Option<u32>, dtb: Option<&dyn ReadAt>, limit: u64) -> Result<Vec<u8>, Error> {
    let kernel = b"kernel ".repeat(10_000);
    let mut output = Vec::new();
    let packing = KernelPacking { gzip, dtb, limit };
    let packed = pack_kernel(&mut kernel.as_slice(), &packing, &mut output)?;
    assert_eq!(packed.unpacked, 70_000);
    assert_eq!(packed.size, output.len() as u64);
    let dtb = dtb.map_or(0, |dtb| dtb.size());
    assert_eq!(packed.packed + dtb, packed.size);
    Ok(output)
}

#[test]
fn packs_a_gzip_stream_and_a_device_tree() {
    let dtb = dtb(100);
    let output = pack(Some(6), Some(&dtb), 1000).unwrap();
    // No name, no time, and an unknown system.
    assert_eq!(output[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    assert!(output.ends_with(&dtb));
    let found = appended_dtb(&output).unwrap().unwrap();
    let mut bytes = vec![0; 100];
    found.read_exact_at(&mut bytes, 0).unwrap();
    assert_eq!((found.size(), bytes), (100, dtb.clone()));
    assert_eq!(pack(Some(6), Some(&dtb), 1000).unwrap(), output);
}

#[test]
fn packs_without_gzip_or_without_a_device_tree() {
    let dtb = dtb(9);
    let raw = pack(None, Some(&dtb), u64::MAX).unwrap();
    assert_eq!(raw.len(), 70_009);
    assert!(appended_dtb(&raw).unwrap().is_none());
    let gzip = pack(Some(1), None, 1000).unwrap();
    assert!(appended_dtb(&gzip).unwrap().is_none());
}

#[test]
fn packs_into_a_temporary_file() {
    let dtb = dtb(100);
    let packing = KernelPacking {
        gzip: Some(9),
        dtb: Some(&dtb),
        limit: 1000,
    };
    let (file, packed) = pack_kernel_file(&mut &b"kernel"[..], &packing).unwrap();
    assert_eq!(file.size(), packed.size);
    let mut bytes = vec![0; 100];
    file.read_exact_at(&mut bytes, packed.packed).unwrap();
    assert_eq!(bytes, dtb);
}

#[test]
fn rejects_more_than_the_limit() {
    let dtb = dtb(100);
    let dtb: Option<&dyn ReadAt> = Some(&dtb);
    for (gzip, dtb, limit) in [
        (None, None, 69_999),
        (Some(6), None, 100),
        (None, dtb, 70_099),
    ] {
        let error = pack(gzip, dtb, limit).unwrap_err();
        assert!(
            error.to_string().starts_with("packed kernel: more than "),
            "{error}"
        );
    }
    assert!(pack(None, dtb, 70_100).is_ok());
}

#[test]
fn rejects_what_is_not_one_device_tree() {
    let mut long = dtb(100);
    long.push(0);
    for (bytes, expected) in [
        (
            b"d00dfeed".to_vec(),
            "device tree: expected the magic number 0xd00dfeed at the beginning of 8 bytes",
        ),
        (
            Vec::new(),
            "device tree: expected the magic number 0xd00dfeed at the beginning of 0 bytes",
        ),
        (
            long,
            "device tree: expected 100 bytes by its header, found 101",
        ),
    ] {
        let error = pack(Some(6), Some(&bytes), 1000).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn errors_of_both_sides_are_distinguished() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
    }
    let packing = KernelPacking {
        gzip: Some(6),
        dtb: None,
        limit: 1000,
    };
    let error = pack_kernel(&mut Broken, &packing, &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "kernel: cannot read: broken");
    let mut full = [0; 3];
    let error = pack_kernel(&mut &b"kernel"[..], &packing, &mut full.as_mut_slice());
    assert!(matches!(error, Err(Error::Write(_))), "{error:?}");
}

#[test]
fn damaged_streams_and_short_device_trees_are_rejected() {
    let mut output = pack(Some(6), Some(&dtb(100)), 1000).unwrap();
    output.pop();
    assert!(appended_dtb(&output).unwrap().is_none());
    output.truncate(50);
    let error = appended_dtb(&output).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(appended_dtb(&vec![0x1f]).unwrap().is_none());
}
