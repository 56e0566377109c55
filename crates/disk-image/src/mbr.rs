//! Reads a master boot record and its logical partitions: the kernel's `block/partitions/msdos.c`.

use block_probe::{MbrEntry, mbr_entries, mbr_signature};
use read_at::ReadAt;

use crate::Cause;
use crate::partition::{Partition, PartitionTable, PartitionType, TableFormat};

/// The size of a block in bytes.
const BLOCK: u64 = 512;
/// The number of the first logical partition.
const FIRST_LOGICAL: u32 = 5;
/// The maximum number of boot records that are followed, and so of logical partitions: the kernel's limit
/// for all partitions.
const MAX_RECORDS: u32 = 256;

/// Reads the partition table of `disk`; `None` unless its first block is a boot record with partitions.
///
/// Partitions beyond the end of the disk are errors: they show a truncated image. Those that overlap are
/// reported as a warning, since images of CDs have such.
pub(crate) fn read(
    disk: &dyn ReadAt,
    on_warning: &mut dyn FnMut(String),
) -> Result<Option<PartitionTable>, Cause> {
    let sector = read_block(disk, 0).unwrap_or([0; BLOCK as usize]);
    let (Some(entries), Some(signature)) = (mbr_entries(&sector), mbr_signature(&sector)) else {
        return Ok(None);
    };
    if !entries.iter().any(|entry| entry.is_used()) {
        return Ok(None);
    }
    let mut reader = Reader {
        disk,
        signature,
        partitions: Vec::new(),
        records: 0,
    };
    for (number, entry) in (1..).zip(entries) {
        if entry.is_used() {
            reader.add(number, 0, entry)?;
        }
    }
    for entry in entries {
        if entry.is_used() && entry.is_extended() {
            reader.read_logical(entry.start.into())?;
        }
    }
    let table = PartitionTable {
        format: TableFormat::Mbr,
        block_size: BLOCK,
        uuid: format!("{signature:08x}"),
        partitions: reader.partitions,
    };
    if let Some((first, second)) = table.overlap() {
        on_warning(format!("MBR: {first} overlaps {second}"));
    }
    Ok(Some(table))
}

fn read_block(disk: &dyn ReadAt, number: u64) -> Result<[u8; BLOCK as usize], Cause> {
    let mut block = [0; BLOCK as usize];
    disk.read_exact_at(&mut block, number.saturating_mul(BLOCK))?;
    Ok(block)
}

fn corrupt<T>(message: String) -> Result<T, Cause> {
    Err(Cause::Corrupt(format!("MBR: {message}")))
}

struct Reader<'a> {
    disk: &'a dyn ReadAt,
    signature: u32,
    partitions: Vec<Partition>,
    /// The number of extended boot records read so far.
    records: u32,
}

impl Reader<'_> {
    /// Adds the partition of an entry in the boot record in the block `record`.
    fn add(&mut self, number: u32, record: u64, entry: MbrEntry) -> Result<(), Cause> {
        let first = record + u64::from(entry.start);
        let partition = Partition {
            number,
            name: None,
            uuid: format!("{:08x}-{number:02x}", self.signature),
            kind: PartitionType::Byte(entry.kind),
            // Sums and products of numbers of 32 bits.
            start: first * BLOCK,
            size: u64::from(entry.blocks) * BLOCK,
            is_bootable: entry.is_bootable,
            attributes: 0,
        };
        let blocks = self.disk.size() / BLOCK;
        let last = first + u64::from(entry.blocks) - 1;
        if first == 0 || last >= blocks {
            return corrupt(format!(
                "{partition} has the blocks {first} to {last}; the disk has {blocks} blocks of 512 bytes"
            ));
        }
        self.partitions.push(partition);
        Ok(())
    }

    /// Follows the extended boot records of the extended partition that begins at the block `extended`. Each
    /// has an entry for one logical partition, and one for the next record.
    fn read_logical(&mut self, extended: u64) -> Result<(), Cause> {
        let mut next = Some(extended);
        while let Some(record) = next {
            self.records += 1;
            if self.records > MAX_RECORDS {
                return corrupt(format!(
                    "more than {MAX_RECORDS} extended boot records, or a cycle of them"
                ));
            }
            let Some(entries) = mbr_entries(&read_block(self.disk, record)?) else {
                // As the kernel: an extended partition may be empty.
                return Ok(());
            };
            let is_logical = |entry: &&MbrEntry| entry.is_used() && !entry.is_extended();
            // The other two are usually unused, or garbage.
            for entry in entries.iter().take(2).filter(is_logical) {
                let logical = self
                    .partitions
                    .iter()
                    .filter(|found| found.number >= FIRST_LOGICAL);
                let number = FIRST_LOGICAL + logical.count() as u32;
                self.add(number, record, *entry)?;
            }
            let is_link = |entry: &&MbrEntry| entry.is_used() && entry.is_extended();
            let link = entries.iter().find(is_link);
            next = link.map(|entry| extended + u64::from(entry.start));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A boot record with these entries: type, start, blocks.
    fn record(entries: &[(u8, u32, u32)]) -> Vec<u8> {
        let mut record = vec![0; BLOCK as usize];
        record[440..444].copy_from_slice(&[0xdd, 0xcc, 0xbb, 0xaa]);
        for (at, (kind, start, blocks)) in (446..).step_by(16).zip(entries) {
            record[at + 4] = *kind;
            record[at + 8..at + 12].copy_from_slice(&start.to_le_bytes());
            record[at + 12..at + 16].copy_from_slice(&blocks.to_le_bytes());
        }
        record[510..].copy_from_slice(&[0x55, 0xaa]);
        record
    }

    /// A disk of 100 blocks with these boot records in these blocks.
    fn disk(records: &[(usize, Vec<u8>)]) -> Vec<u8> {
        let mut disk = vec![0; 100 * BLOCK as usize];
        for (block, record) in records {
            disk[block * BLOCK as usize..][..record.len()].copy_from_slice(record);
        }
        disk
    }

    fn read(disk: Vec<u8>) -> Result<Option<PartitionTable>, String> {
        super::read(&disk, &mut |warning| panic!("{warning}")).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_primary_and_logical_partitions() {
        for extended in [0x05, 0x0f, 0x85] {
            let table = read(disk(&[
                (0, record(&[(0x83, 1, 9), (0, 0, 0), (extended, 20, 80)])),
                (20, record(&[(0x83, 2, 8), (0x05, 10, 20)])),
                (30, record(&[(0x82, 1, 9), (0x05, 30, 10)])),
                (50, record(&[(0x83, 1, 9)])),
            ]));
            let table = table.unwrap().unwrap();
            assert_eq!(table.uuid, "aabbccdd");
            let found = table.partitions.iter().map(|partition| {
                (
                    partition.number,
                    partition.start / BLOCK,
                    partition.size / BLOCK,
                )
            });
            let expected = [(1, 1, 9), (3, 20, 80), (5, 22, 8), (6, 31, 9), (7, 51, 9)];
            assert_eq!(found.collect::<Vec<_>>(), expected);
            assert_eq!(table.partitions[4].uuid, "aabbccdd-07");
            assert_eq!(table.partitions[3].kind.to_string(), "0x82");
        }
    }

    #[test]
    fn cycles_end_with_an_error() {
        let cycle = disk(&[
            (0, record(&[(0x05, 20, 80)])),
            (20, record(&[(0x83, 2, 8), (0x05, 0, 20)])),
        ]);
        assert!(read(cycle).unwrap_err().contains("cycle"));
    }

    #[test]
    fn partitions_beyond_the_end_are_errors() {
        for (start, blocks) in [(90, 11), (0, 5), (u32::MAX, u32::MAX)] {
            let error = read(disk(&[(0, record(&[(0x83, start, blocks)]))])).unwrap_err();
            assert!(
                error.starts_with("MBR: partition 1 has the blocks"),
                "{error}"
            );
        }
        let beyond = disk(&[
            (0, record(&[(0x05, 20, 80)])),
            (20, record(&[(0, 0, 0), (0x05, u32::MAX, 20)])),
        ]);
        assert!(read(beyond).unwrap_err().contains("truncated"));
    }

    #[test]
    fn overlapping_partitions_are_warnings() {
        let disk = disk(&[(0, record(&[(0x83, 1, 50), (0x83, 20, 5)]))]);
        let mut warnings = Vec::new();
        super::read(&disk, &mut |warning| warnings.push(warning)).unwrap();
        assert_eq!(warnings, ["MBR: partition 1 overlaps partition 2"]);
    }

    #[test]
    fn other_disks_have_no_table() {
        assert_eq!(read(disk(&[(0, record(&[]))])), Ok(None));
        assert_eq!(read(disk(&[])), Ok(None));
        assert_eq!(read(vec![]), Ok(None));
        let mut boot_sector = record(&[(0x83, 1, 9)]);
        boot_sector[446] = b'a';
        assert_eq!(read(disk(&[(0, boot_sector)])), Ok(None));
    }
}
