//! The image with the file allocation table and the clusters.

use block_probe::bytes::{u16_at, u32_at};
use file_system::Error;
use read_at::ReadAt;

use crate::boot_sector::{FIRST_CLUSTER, Geometry, Width};

/// An image and where its parts are.
#[derive(Debug)]
pub(crate) struct Volume<R> {
    image: R,
    pub(crate) geometry: Geometry,
}

/// The number of bytes of the table that are read at once: a multiple of the 3 bytes that two entries of
/// 12 bits share, so that no entry lies in two blocks.
const TABLE_BLOCK_SIZE: usize = 6144;

/// A part of the table in memory.
#[derive(Debug, Default)]
pub(crate) struct TableBlock {
    number: u64,
    bytes: Vec<u8>,
}

impl<R: ReadAt> Volume<R> {
    pub(crate) fn new(image: R) -> Result<Self, Error> {
        let mut sector = [0; 512];
        let count = image.read_up_to_at(&mut sector, 0)?;
        let geometry = Geometry::parse(sector.get(..count).unwrap_or_default())?;
        Ok(Volume { image, geometry })
    }

    /// Fills `bytes` with the content of the image from `offset` on.
    pub(crate) fn read(&self, bytes: &mut [u8], offset: u64) -> Result<(), Error> {
        let (end, size) = (offset.saturating_add(bytes.len() as u64), self.image.size());
        if end > size {
            let what = format!("expected {end} bytes or more, found {size}; it may be truncated");
            return Err(Error::corrupt(format!("size of the image: {what}")));
        }
        Ok(self.image.read_exact_at(bytes, offset)?)
    }

    /// Returns the offset in bytes of a cluster.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if it does not exist.
    pub(crate) fn cluster_offset(&self, cluster: u32) -> Result<u64, Error> {
        let Geometry { clusters, .. } = self.geometry;
        let index = cluster
            .checked_sub(FIRST_CLUSTER)
            .filter(|index| *index < clusters)
            .ok_or_else(|| {
                let last = u64::from(clusters) + 1;
                Error::corrupt(format!("cluster {cluster}, expected 2 to {last}"))
            })?;
        Ok(self.geometry.data + u64::from(index) * u64::from(self.geometry.cluster_size))
    }

    /// Returns the cluster that follows a cluster; `None` at the end of its chain. `block` holds the
    /// last part of the table between calls.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the chain leads to a cluster that is free, bad or reserved.
    pub(crate) fn next_cluster(
        &self,
        cluster: u32,
        block: &mut TableBlock,
    ) -> Result<Option<u32>, Error> {
        self.cluster_offset(cluster)?;
        let width = self.geometry.width;
        let cluster_number = u64::from(cluster);
        let offset = match width {
            Width::Bits12 => cluster_number + cluster_number / 2,
            Width::Bits16 => cluster_number * 2,
            Width::Bits32 => cluster_number * 4,
        };
        let within = self.load(offset, block)?;
        let entry = match width {
            Width::Bits12 => u16_at(&block.bytes, within)
                .map(|pair| {
                    if cluster % 2 == 0 {
                        pair & 0xfff
                    } else {
                        pair >> 4
                    }
                })
                .map(u32::from),
            Width::Bits16 => u16_at(&block.bytes, within).map(u32::from),
            Width::Bits32 => u32_at(&block.bytes, within).map(|entry| entry & 0x0fff_ffff),
        };
        let entry = entry.ok_or_else(|| Error::corrupt("file allocation table: truncated"))?;
        let bad = match width {
            Width::Bits12 => 0xff7,
            Width::Bits16 => 0xfff7,
            Width::Bits32 => 0x0fff_fff7,
        };
        let fault = match entry {
            0 => "a free cluster",
            _ if entry > bad => return Ok(None),
            _ if entry == bad => "a bad cluster",
            _ if self.cluster_offset(entry).is_err() => "a cluster that does not exist",
            _ => return Ok(Some(entry)),
        };
        Err(Error::corrupt(format!(
            "cluster {cluster}: followed by {fault}, {entry:#x}"
        )))
    }

    /// Loads the block with the byte at `offset` of the table, and returns the offset in the block.
    fn load(&self, offset: u64, block: &mut TableBlock) -> Result<usize, Error> {
        let size = TABLE_BLOCK_SIZE as u64;
        let number = offset / size;
        if block.bytes.is_empty() || block.number != number {
            let start = self.geometry.table + number * size;
            block.bytes.resize(TABLE_BLOCK_SIZE, 0);
            let count = self.image.read_up_to_at(&mut block.bytes, start)?;
            block.bytes.truncate(count);
            block.number = number;
        }
        Ok((offset % size) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot_sector::Root;

    fn volume(width: Width, table: &[u8]) -> Volume<Vec<u8>> {
        let geometry = Geometry {
            width,
            table: 0,
            root: Root::Cluster(2),
            data: 32 << 10,
            cluster_size: 512,
            clusters: 6000,
        };
        let mut image = table.to_vec();
        image.resize(64 << 10, 0);
        Volume { image, geometry }
    }

    fn next(volume: &Volume<Vec<u8>>, cluster: u32) -> Result<Option<u32>, String> {
        volume
            .next_cluster(cluster, &mut TableBlock::default())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn two_entries_of_12_bits_share_3_bytes() {
        let volume = volume(
            Width::Bits12,
            &[0, 0, 0, 0x23, 0x61, 0x45, 0xff, 0x7f, 0xff],
        );
        assert_eq!(next(&volume, 2), Ok(Some(0x123)));
        assert_eq!(next(&volume, 3), Ok(Some(0x456)));
        assert_eq!(next(&volume, 4), Ok(None));
        assert!(
            next(&volume, 5)
                .unwrap_err()
                .contains("a bad cluster, 0xff7")
        );
    }

    #[test]
    fn upper_4_bits_of_32_are_ignored() {
        let mut table = [0; 32];
        table[8..12].copy_from_slice(&0xf000_0010_u32.to_le_bytes());
        table[12..16].copy_from_slice(&0x0fff_fff8_u32.to_le_bytes());
        let volume = volume(Width::Bits32, &table);
        assert_eq!(next(&volume, 2), Ok(Some(16)));
        assert_eq!(next(&volume, 3), Ok(None));
    }

    #[test]
    fn loads_another_block_of_the_table() {
        let mut table = vec![0; 12_000];
        table[8] = 9;
        table[10_000] = 7;
        let volume = volume(Width::Bits16, &table);
        let mut block = TableBlock::default();
        for (cluster, expected) in [(4, 9), (5000, 7), (4, 9)] {
            let found = volume.next_cluster(cluster, &mut block).unwrap();
            assert_eq!(found, Some(expected));
        }
    }

    #[test]
    fn rejects_entries_that_are_not_part_of_a_chain() {
        let table = [0_u16, 0, 0, 1, 0xfff7, 0xfff0, 6002, 6001];
        let bytes: Vec<u8> = table.iter().flat_map(|entry| entry.to_le_bytes()).collect();
        let volume = volume(Width::Bits16, &bytes);
        for (cluster, words) in [
            (0, "cluster 0, expected 2 to 6001"),
            (2, "cluster 2: followed by a free cluster, 0x0"),
            (3, "a cluster that does not exist, 0x1"),
            (4, "a bad cluster, 0xfff7"),
            (5, "a cluster that does not exist, 0xfff0"),
            (6, "a cluster that does not exist, 0x1772"),
            (6002, "cluster 6002, expected"),
        ] {
            let message = next(&volume, cluster).unwrap_err();
            assert!(message.contains(words), "{message}");
        }
        assert_eq!(next(&volume, 7), Ok(Some(6001)));
    }

    #[test]
    fn names_the_size_of_a_truncated_image() {
        let volume = volume(Width::Bits16, &[]);
        let error = volume.read(&mut [0; 2], (64 << 10) - 1).unwrap_err();
        assert!(error.to_string().contains("found 65536"), "{error}");
    }
}
