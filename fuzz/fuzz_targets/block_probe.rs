//! Probing a block device with any content terminates, and labels and UUIDs have valid lengths.
#![no_main]

use block_probe::{Content, GptEntries, GptEntry, mbr_partition_uuid, probe};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|device: &[u8]| {
    match probe(device) {
        Some(Content::Root(found)) => {
            assert!(["erofs", "ext4", "squashfs"].contains(&found.kind));
            assert!(
                found
                    .label
                    .is_none_or(|label| (1..=16).contains(&label.len()))
            );
            assert!(found.uuid.is_none_or(|uuid| uuid.len() == 36));
        }
        Some(Content::Other(name)) => assert!(!name.is_empty()),
        None => {}
    }
    let second_block = device.get(512..).unwrap_or_default();
    if let Some(entries) = GptEntries::parse(second_block) {
        for (partition, block_size) in [(0, 512), (1, 512), (128, 4096), (u32::MAX, u64::MAX)] {
            let offset = entries.offset(partition, block_size);
            let entry = offset
                .and_then(|offset| usize::try_from(offset).ok())
                .and_then(|offset| device.get(offset..));
            if let Some(found) = entry.and_then(GptEntry::parse) {
                assert_eq!(found.uuid.len(), 36);
            }
        }
    }
    if let Some(uuid) = mbr_partition_uuid(device, 1) {
        assert_eq!(uuid.len(), 11);
    }
});
