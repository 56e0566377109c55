//! Block devices as the kernel shows them in `/sys/class/block`.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use block_probe::{
    Content, GptEntries, GptEntry, Superblock, is_protective_mbr, mbr_partition_uuid,
};
use stage0_settings::RootDevice;

use crate::directory::read_names;

const CLASS_DIR: &str = "/sys/class/block";
const DEV_DIR: &str = "/dev";
/// The unit of sizes in sysfs in bytes, whatever the size of the disk's blocks is.
const SECTOR_SIZE: u64 = 512;

/// A disk or a partition.
pub struct BlockDevice {
    /// The name in sysfs, where `!` stands for `/`.
    name: String,
}

impl BlockDevice {
    /// Returns all block devices that the kernel lists, sorted by name.
    pub fn all() -> io::Result<Vec<Self>> {
        let names = read_names(Path::new(CLASS_DIR))?.into_iter();
        Ok(names.map(|name| BlockDevice { name }).collect())
    }

    /// The kernel's name, such as `vda1`, and what the device contains unless that is a root file system.
    pub fn describe(&self) -> String {
        match probe(&self.path()) {
            Ok(Some(Content::Other(format))) => format!("{} is {format}", self.name),
            _ => self.name.clone(),
        }
    }

    /// The path of the device node in `/dev`.
    pub fn path(&self) -> PathBuf {
        Path::new(DEV_DIR).join(self.name.replace('!', "/"))
    }

    /// Whether this is the device that `root` names. A device that cannot be read never matches.
    pub fn matches(&self, root: &RootDevice) -> bool {
        match root {
            RootDevice::Path(path) => self.path() == Path::new(path),
            RootDevice::Label(label) => self
                .superblock()
                .is_some_and(|superblock| superblock.label.as_ref() == Some(label)),
            RootDevice::Uuid(uuid) => self
                .superblock()
                .is_some_and(|superblock| superblock.uuid.as_ref() == Some(uuid)),
            RootDevice::PartLabel(label) => self.part_label().as_ref() == Some(label),
            RootDevice::PartUuid(uuid) => self
                .part_uuid()
                .is_some_and(|found| found.eq_ignore_ascii_case(uuid)),
            // Not found, but made.
            RootDevice::Usb => false,
        }
    }

    fn superblock(&self) -> Option<Superblock> {
        match probe(&self.path()) {
            Ok(Some(Content::Root(superblock))) => Some(superblock),
            _ => None,
        }
    }

    /// The name of the partition. From the GPT if the disk has one: the kernel replaces all
    /// characters beyond ASCII.
    fn part_label(&self) -> Option<String> {
        match self.gpt_entry() {
            Some(entry) => Some(entry.name),
            None => self.uevent_value("PARTNAME"),
        }
    }

    /// The UUID of the partition. From the kernel, or from the disk's partition table: kernels before
    /// 6.9 do not report it.
    fn part_uuid(&self) -> Option<String> {
        self.uevent_value("PARTUUID")
            .or_else(|| self.gpt_entry().map(|entry| entry.uuid))
            .or_else(|| self.mbr_uuid())
    }

    fn uevent_value(&self, key: &str) -> Option<String> {
        let uevent = fs::read_to_string(self.sysfs().join("uevent")).ok()?;
        uevent_value(&uevent, key).map(str::to_owned)
    }

    /// The partition's entry in the disk's GPT, if the kernel uses that: an old GPT may remain on a
    /// disk that has an MBR now, or differ from the partitions that the kernel found.
    fn gpt_entry(&self) -> Option<GptEntry> {
        let disk = self.disk()?;
        let sysfs = self.disk_sysfs()?;
        if !is_protective_mbr(&read_at::<512>(&disk, 0)?) {
            return None;
        }
        let number = self.partition_number()?;
        let block_size = read_number(&sysfs.join("queue/logical_block_size"))?;
        let size = read_number(&sysfs.join("size"))?.checked_mul(SECTOR_SIZE)?;
        let start = read_number(&self.sysfs().join("start"))?.checked_mul(SECTOR_SIZE)?;
        // The kernel uses the backup in the last block if the first table is invalid.
        for header in [block_size, size.checked_sub(block_size)?] {
            let entry = read_entry(&disk, header, number, block_size);
            let is_used =
                |entry: &GptEntry| entry.first_block.checked_mul(block_size) == Some(start);
            if let Some(entry) = entry.filter(is_used) {
                return Some(entry);
            }
        }
        None
    }

    fn mbr_uuid(&self) -> Option<String> {
        let sector: [u8; 512] = read_at(&self.disk()?, 0)?;
        mbr_partition_uuid(&sector, self.partition_number()?)
    }

    /// The disk that this is a partition of.
    fn disk(&self) -> Option<File> {
        let name = self
            .disk_sysfs()?
            .file_name()?
            .to_string_lossy()
            .into_owned();
        File::open(BlockDevice { name }.path()).ok()
    }

    /// The disk's directory in sysfs, which contains those of its partitions.
    fn disk_sysfs(&self) -> Option<PathBuf> {
        let directory = fs::canonicalize(self.sysfs()).ok()?;
        directory.parent().map(Path::to_owned)
    }

    /// The number of the partition; `None` for a disk.
    fn partition_number(&self) -> Option<u32> {
        let number = read_number(&self.sysfs().join("partition"))?;
        u32::try_from(number).ok()
    }

    fn sysfs(&self) -> PathBuf {
        Path::new(CLASS_DIR).join(&self.name)
    }
}

/// Reads the beginning of a device and returns what it contains; `None` if it is not recognized.
pub fn probe(path: &Path) -> io::Result<Option<Content>> {
    let file = File::open(path)?;
    let mut start = vec![0; block_probe::PROBE_SIZE];
    let mut length = 0;
    while let Some(rest) = start.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, length as u64)? {
            0 => break,
            read => length += read,
        }
    }
    Ok(block_probe::probe(start.get(..length).unwrap_or_default()))
}

/// Reads the entry of a partition in the GPT whose header is at this offset.
fn read_entry(disk: &File, header: u64, number: u32, block_size: u64) -> Option<GptEntry> {
    let header: [u8; 512] = read_at(disk, header)?;
    let offset = GptEntries::parse(&header)?.offset(number, block_size)?;
    GptEntry::parse(&read_at::<{ GptEntry::SIZE }>(disk, offset)?)
}

fn read_at<const LENGTH: usize>(file: &File, offset: u64) -> Option<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    file.read_exact_at(&mut bytes, offset).ok()?;
    Some(bytes)
}

fn read_number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The value of `key` in a `uevent` file of sysfs.
fn uevent_value<'a>(uevent: &'a str, key: &str) -> Option<&'a str> {
    uevent
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| *name == key)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use temp_dir::TempDir;

    #[test]
    fn reads_values_from_uevent_files() {
        let uevent = "MAJOR=254\nDEVNAME=vda1\nPARTNAME=a=b\nPART\n";
        assert_eq!(uevent_value(uevent, "PARTNAME"), Some("a=b"));
        assert_eq!(uevent_value(uevent, "PART"), None);
        assert_eq!(uevent_value("", "PARTUUID"), None);
    }

    #[test]
    fn exclamation_marks_in_names_become_slashes() {
        let name = "cciss!c0d0".to_owned();
        assert_eq!(BlockDevice { name }.path(), Path::new("/dev/cciss/c0d0"));
    }

    #[test]
    fn probes_files_shorter_than_the_probe_size() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("image");
        fs::write(&path, b"XFSB").unwrap();
        assert_eq!(probe(&path).unwrap(), Some(Content::Other("xfs")));
        fs::write(&path, b"").unwrap();
        assert_eq!(probe(&path).unwrap(), None);
        assert!(probe(dir.path()).is_err());
    }
}
