//! Reads a GUID partition table: UEFI specification 2.10, section 5.3, and the kernel's
//! `block/partitions/efi.c`.

use block_probe::{GptHeader, GptPartition};
use crc::{CRC_32_ISO_HDLC, Crc};
use read_at::ReadAt;

use crate::Cause;
use crate::partition::{Partition, PartitionTable, PartitionType, TableFormat};

/// The sizes of logical blocks in bytes.
const BLOCK_SIZES: [u64; 2] = [512, 4096];

/// The maximum size of all entries in bytes; as the kernel's on most machines.
const MAX_ENTRIES_SIZE: u64 = 4 << 20;

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Reads the partition table of `disk`, if it has one: from the header in the second block, or if that is
/// damaged, from the one in the last block, with a warning. The caller has checked for the protective MBR.
///
/// Unlike the kernel, which ignores invalid entries, partitions that overlap or lie beyond the end of the
/// disk are errors: they show a truncated or damaged image.
pub(crate) fn read(
    disk: &dyn ReadAt,
    on_warning: &mut dyn FnMut(String),
) -> Result<Option<PartitionTable>, Cause> {
    let mut damage = None;
    for block_size in BLOCK_SIZES {
        match read_at_block(disk, block_size, 1) {
            Ok(Some(table)) => return Ok(Some(table)),
            Ok(None) => {}
            Err(error) => damage = Some(error),
        }
    }
    for block_size in BLOCK_SIZES {
        let last = (disk.size() / block_size).saturating_sub(1);
        match read_at_block(disk, block_size, last) {
            Ok(Some(table)) => {
                let why = damage.map_or("missing".to_owned(), |error| error.to_string());
                on_warning(format!(
                    "the primary GPT is damaged ({why}); using the backup"
                ));
                return Ok(Some(table));
            }
            Ok(None) => {}
            Err(error) => damage = damage.or(Some(error)),
        }
    }
    match damage {
        Some(error) => Err(error),
        None => Ok(None),
    }
}

/// Reads the table whose header is in the logical block `number`; `None` if it contains no header.
fn read_at_block(
    disk: &dyn ReadAt,
    block_size: u64,
    number: u64,
) -> Result<Option<PartitionTable>, Cause> {
    let mut block = vec![0; block_size as usize];
    let start = number.checked_mul(block_size);
    let start =
        start.filter(|start| disk.size() >= block_size && *start <= disk.size() - block_size);
    let Some(start) = start else {
        return Ok(None);
    };
    disk.read_exact_at(&mut block, start)?;
    let Some(header) = GptHeader::parse(&block) else {
        return Ok(None);
    };
    verify_header(&header, &mut block, number)?;
    let entries = read_entries(disk, &header, block_size)?;
    let table = PartitionTable {
        format: TableFormat::Gpt,
        block_size,
        uuid: header.disk_uuid.clone(),
        partitions: partitions(&header, &entries, block_size, disk.size())?,
    };
    match table.overlap() {
        Some((first, second)) => corrupt(format!("{first} overlaps {second}")),
        None => Ok(Some(table)),
    }
}

fn corrupt<T>(message: String) -> Result<T, Cause> {
    Err(Cause::Corrupt(format!("GPT: {message}")))
}

fn verify_header(header: &GptHeader, block: &mut [u8], number: u64) -> Result<(), Cause> {
    let size = usize::try_from(header.size).unwrap_or(usize::MAX);
    if let Some(field) = block.get_mut(GptHeader::CRC_FIELD) {
        field.fill(0);
    }
    let covered = block
        .get(..size)
        .filter(|_| header.size >= GptHeader::MIN_SIZE);
    let Some(covered) = covered else {
        return corrupt(format!(
            "the header has {size} bytes; expected 92 to {}",
            block.len()
        ));
    };
    verify_crc("header", covered, header.crc)?;
    if header.block != number {
        return corrupt(format!(
            "the header of block {} is in block {number}",
            header.block
        ));
    }
    Ok(())
}

fn verify_crc(what: &str, bytes: &[u8], expected: u32) -> Result<(), Cause> {
    let found = CRC.checksum(bytes);
    if found != expected {
        return corrupt(format!(
            "{what}: CRC-32 mismatch: expected {expected:08x}, got {found:08x}"
        ));
    }
    Ok(())
}

fn read_entries(disk: &dyn ReadAt, header: &GptHeader, block_size: u64) -> Result<Vec<u8>, Cause> {
    let (count, size) = (header.entry_count, header.entry_size);
    let total = u64::from(count) * u64::from(size);
    // 128 bytes times a power of 2.
    if size < 128 || !size.is_power_of_two() || total > MAX_ENTRIES_SIZE {
        return corrupt(format!(
            "{count} entries of {size} bytes; expected 128 bytes or a multiple, and at most 4 MiB in all"
        ));
    }
    let start = header.entries_block.checked_mul(block_size);
    let start = start.filter(|start| {
        start
            .checked_add(total)
            .is_some_and(|end| end <= disk.size())
    });
    let Some(start) = start else {
        let block = header.entries_block;
        return corrupt(format!(
            "the entries in block {block} are beyond the end of the disk"
        ));
    };
    let mut entries = vec![0; total as usize];
    disk.read_exact_at(&mut entries, start)?;
    verify_crc("entries", &entries, header.entries_crc)?;
    Ok(entries)
}

fn partitions(
    header: &GptHeader,
    entries: &[u8],
    block_size: u64,
    disk_size: u64,
) -> Result<Vec<Partition>, Cause> {
    const LEGACY_BOOTABLE: u64 = 1 << 2;
    let blocks = disk_size / block_size;
    let mut partitions = Vec::new();
    for (number, entry) in (1..).zip(entries.chunks_exact(header.entry_size as usize)) {
        let Some(found) = GptPartition::parse(entry) else {
            continue;
        };
        let (first, last) = (found.entry.first_block, found.last_block);
        let mut partition = Partition {
            number,
            name: Some(found.entry.name).filter(|name| !name.is_empty()),
            uuid: found.entry.uuid,
            kind: PartitionType::Guid(found.type_uuid),
            start: 0,
            size: 0,
            is_bootable: found.attributes & LEGACY_BOOTABLE != 0,
            attributes: found.attributes,
        };
        if first > last || last >= blocks {
            return corrupt(format!(
                "{partition} has the blocks {first} to {last}; the disk has {blocks} blocks of {block_size} bytes"
            ));
        }
        // Within the size of the disk, so that nothing overflows.
        partition.start = first * block_size;
        partition.size = (last - first + 1) * block_size;
        partitions.push(partition);
    }
    Ok(partitions)
}

#[cfg(test)]
mod tests;
