//! The boot sector: `struct fat_boot_sector` in the kernel's `include/uapi/linux/msdos_fs.h`.

use block_probe::bytes::{u16_at, u32_at};
use file_system::Error;

/// The number of bits in an entry of the file allocation table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    Bits12,
    Bits16,
    Bits32,
}

/// The location of the root directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// An area of this many bytes at this offset: FAT12 and FAT16.
    Area { offset: u64, size: u64 },
    /// A chain that begins with this cluster: FAT32.
    Cluster(u32),
}

/// Where the parts of the file system are. Offsets and sizes are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) width: Width,
    /// The offset of the file allocation table.
    pub(crate) table: u64,
    pub(crate) root: Root,
    /// The offset of the first cluster, which has the number 2.
    pub(crate) data: u64,
    pub(crate) cluster_size: u32,
    /// The number of clusters.
    pub(crate) clusters: u32,
}

/// The number of the first cluster.
pub(crate) const FIRST_CLUSTER: u32 = 2;
/// The size in bytes of an entry of a directory.
pub(crate) const RECORD_SIZE: usize = 32;
/// The maximum numbers of clusters: `MAX_FAT12`, `MAX_FAT16` and `MAX_FAT32` of the kernel.
const MAX_CLUSTERS: [(Width, u64); 3] = [
    (Width::Bits12, 0xff4),
    (Width::Bits16, 0xfff4),
    (Width::Bits32, 0x0fff_fff6),
];

impl Geometry {
    /// Parses the boot sector, the first 512 bytes of the file system.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for values with which the kernel refuses to mount.
    pub(crate) fn parse(sector: &[u8]) -> Result<Self, Error> {
        Fields::read(sector)
            .ok_or_else(|| Error::corrupt("boot sector: incomplete"))?
            .geometry()
    }
}

/// The fields as stored.
struct Fields {
    sector_size: u16,
    sectors_per_cluster: u8,
    reserved_sectors: u16,
    tables: u8,
    root_entries: u16,
    sectors: u32,
    media: u8,
    /// 0 for FAT32.
    short_table_sectors: u16,
    long_table_sectors: u32,
    flags: u16,
    root_cluster: u32,
}

impl Fields {
    fn read(sector: &[u8]) -> Option<Self> {
        let short_sectors = u16_at(sector, 19)?;
        Some(Fields {
            sector_size: u16_at(sector, 11)?,
            sectors_per_cluster: *sector.get(13)?,
            reserved_sectors: u16_at(sector, 14)?,
            tables: *sector.get(16)?,
            root_entries: u16_at(sector, 17)?,
            sectors: match short_sectors {
                0 => u32_at(sector, 32)?,
                sectors => u32::from(sectors),
            },
            media: *sector.get(21)?,
            short_table_sectors: u16_at(sector, 22)?,
            long_table_sectors: u32_at(sector, 36)?,
            flags: u16_at(sector, 40)?,
            root_cluster: u32_at(sector, 44)?,
        })
    }

    fn geometry(&self) -> Result<Geometry, Error> {
        self.check()?;
        let sector_size = u64::from(self.sector_size);
        // As the kernel does. Microsoft's specification decides by the number of clusters alone, but
        // mkfs.vfat makes FAT32 of any size.
        let is_fat32 = self.short_table_sectors == 0;
        let table_sectors = match self.short_table_sectors {
            0 => u64::from(self.long_table_sectors),
            sectors => u64::from(sectors),
        };
        let table = u64::from(self.reserved_sectors);
        let root = table + u64::from(self.tables) * table_sectors;
        let root_bytes = u64::from(self.root_entries) * RECORD_SIZE as u64;
        let data = root + root_bytes.div_ceil(sector_size);
        let data_sectors = u64::from(self.sectors).checked_sub(data).ok_or_else(|| {
            let found = self.sectors;
            corrupt(format!(
                "{found} sectors, expected more than {data} before the data"
            ))
        })?;

        let clusters = data_sectors / u64::from(self.sectors_per_cluster);
        let (width, max_clusters) = MAX_CLUSTERS
            .into_iter()
            .find(|(width, max)| match width {
                Width::Bits32 => is_fat32,
                Width::Bits16 => !is_fat32,
                Width::Bits12 => !is_fat32 && clusters <= *max,
            })
            .ok_or_else(|| corrupt("no type"))?;
        let table_entries = table_sectors * sector_size * 8 / width.bits();
        // Like the kernel: clusters without an entry in the table do not exist.
        let clusters = clusters.min(table_entries.saturating_sub(u64::from(FIRST_CLUSTER)));
        let clusters = u32::try_from(clusters)
            .ok()
            .filter(|count| u64::from(*count) <= max_clusters)
            .ok_or_else(|| {
                corrupt(format!(
                    "{clusters} clusters, expected up to {max_clusters}"
                ))
            })?;
        let active = if is_fat32 { self.active_table()? } else { 0 };
        Ok(Geometry {
            width,
            table: (table + active * table_sectors) * sector_size,
            root: if is_fat32 {
                Root::Cluster(self.root_cluster)
            } else {
                Root::Area {
                    offset: root * sector_size,
                    size: root_bytes,
                }
            },
            data: data * sector_size,
            cluster_size: u32::from(self.sector_size) * u32::from(self.sectors_per_cluster),
            clusters,
        })
    }

    fn check(&self) -> Result<(), Error> {
        let field = |is_valid: bool, name: &str, found: u16, expected: &str| {
            let message = || corrupt(format!("{name} {found}, expected {expected}"));
            is_valid.then_some(()).ok_or_else(message)
        };
        let (size, per_cluster) = (self.sector_size, self.sectors_per_cluster);
        let is_size = size.is_power_of_two() && (512..=4096).contains(&size);
        field(
            is_size,
            "sector size",
            size,
            "512, 1024, 2048 or 4096 bytes",
        )?;
        let name = "sectors per cluster";
        let is_power = per_cluster.is_power_of_two();
        field(is_power, name, per_cluster.into(), "a power of two")?;
        let reserved = self.reserved_sectors;
        field(reserved > 0, "reserved sectors", reserved, "at least 1")?;
        let tables = self.tables;
        field(tables > 0, "number of tables", tables.into(), "at least 1")?;
        // 0xf0 and 0xf8 to 0xff: `fat_valid_media` in the kernel.
        let is_media = self.media == 0xf0 || self.media >= 0xf8;
        field(is_media, "media", self.media.into(), "240 or 248 to 255")
    }

    /// The number of the table that is in use if they are not all the same, from 0 on.
    fn active_table(&self) -> Result<u64, Error> {
        const NOT_MIRRORED: u16 = 0x80;
        let (active, tables) = (self.flags & 0xf, self.tables);
        match self.flags & NOT_MIRRORED {
            0 => Ok(0),
            _ if active < u16::from(tables) => Ok(u64::from(active)),
            _ => Err(corrupt(format!(
                "active table {active}, expected less than {tables}"
            ))),
        }
    }
}

impl Width {
    fn bits(self) -> u64 {
        match self {
            Width::Bits12 => 12,
            Width::Bits16 => 16,
            Width::Bits32 => 32,
        }
    }
}

fn corrupt(what: impl std::fmt::Display) -> Error {
    Error::corrupt(format!("boot sector: {what}"))
}

#[cfg(test)]
mod tests;
