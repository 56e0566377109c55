//! Directories.

use std::collections::HashMap;

use file_system::Error;
use read_at::ReadAt;

use crate::boot_sector::{Geometry, RECORD_SIZE, Root};
use crate::chain::Chain;
use crate::code_page::fold;
use crate::long_name::LongName;
use crate::record::{File, Record};
use crate::volume::Volume;

/// The maximum size of a directory in bytes: `FAT_MAX_DIR_SIZE` of the kernel. Files and their names in
/// memory take about six times as much at most.
const MAX_SIZE: usize = 2 << 20;

/// The files of a directory.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) files: Vec<File>,
    /// The indices of the files by long and short name, in upper case.
    by_name: HashMap<String, usize>,
}

impl Directory {
    pub(crate) fn read_root<R: ReadAt>(volume: &Volume<R>) -> Result<Self, Error> {
        match volume.geometry.root {
            Root::Cluster(first) => Directory::read(volume, first),
            Root::Area { offset, size } => {
                // At most 2 MiB, as it has at most 65535 entries.
                let mut bytes = vec![0; usize::try_from(size).unwrap_or(MAX_SIZE)];
                volume.read(&mut bytes, offset)?;
                Ok(Directory::parse(&bytes, &volume.geometry))
            }
        }
    }

    /// Reads the directory whose chain begins with the cluster `first`.
    pub(crate) fn read<R: ReadAt>(volume: &Volume<R>, first: u32) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        let mut chain = Chain::new(first);
        let cluster_size = volume.geometry.cluster_size as usize;
        let mut index = 0;
        while let Some(cluster) = chain.cluster_at(volume, index)? {
            let start = bytes.len();
            if start + cluster_size > MAX_SIZE {
                return Err(Error::TooLarge(format!(
                    "a directory of more than {MAX_SIZE} bytes, at cluster {first}"
                )));
            }
            bytes.resize(start + cluster_size, 0);
            let place = bytes.get_mut(start..).unwrap_or_default();
            volume.read(place, volume.cluster_offset(cluster)?)?;
            index += 1;
        }
        Ok(Directory::parse(&bytes, &volume.geometry))
    }

    fn parse(bytes: &[u8], geometry: &Geometry) -> Self {
        let mut directory = Directory::default();
        let mut long_name = LongName::default();
        for raw in bytes.chunks_exact(RECORD_SIZE) {
            let Some(raw) = raw.first_chunk::<RECORD_SIZE>() else {
                break;
            };
            match Record::parse(raw, geometry.width) {
                Record::End => break,
                Record::Skipped => long_name = LongName::default(),
                Record::LongName => long_name.add(raw),
                Record::File(file) => directory.add(file, long_name.take(raw)),
            }
        }
        directory
    }

    fn add(&mut self, mut file: File, long_name: Option<String>) {
        if matches!(file.name.as_str(), "." | "..") {
            return;
        }
        let index = self.files.len();
        let short = fold(&file.name);
        self.by_name.entry(short).or_insert(index);
        if let Some(name) = long_name {
            self.by_name.entry(fold(&name)).or_insert(index);
            file.name = name;
        }
        self.files.push(file);
    }

    /// Returns the file with a long or short name, whatever its case.
    pub(crate) fn find(&self, name: &str) -> Option<&File> {
        self.files.get(*self.by_name.get(&fold(name))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RawRecord;
    use crate::test_image::{fat32, long, put_cluster, record};

    fn root(links: &[(u32, u32)], clusters: &[(u32, Vec<RawRecord>)]) -> Result<Directory, Error> {
        let mut image = fat32(links);
        for (cluster, records) in clusters {
            put_cluster(&mut image, *cluster, &records.concat());
        }
        Directory::read_root(&Volume::new(image).unwrap())
    }

    fn names(directory: &Directory) -> Vec<&str> {
        let names = directory.files.iter().map(|file| file.name.as_str());
        names.collect()
    }

    #[test]
    fn finds_files_by_both_names_whatever_their_case() {
        let mut records = vec![record(b"LABEL      ", 8, 0, 0)];
        records.extend(long("Kernel Image", record(b"KERNEL~1   ", 0, 3, 5)));
        let mut deleted = long("Deleted file", record(b"DELETE~1   ", 0, 3, 5));
        for record in &mut deleted {
            record[0] = 0xe5;
        }
        records.extend(deleted);
        records.push(record(b"DTBS       ", 0x10, 4, 0));
        let found = root(&[], &[(2, records)]).unwrap();
        assert_eq!(names(&found), ["Kernel Image", "DTBS"]);
        for name in ["kernel image", "KERNEL~1", "kernel~1", "Kernel Image."] {
            assert_eq!(found.find(name).unwrap().name, "Kernel Image");
        }
        assert!(found.find("Dtbs").unwrap().is_directory);
        assert_eq!(found.find("Deleted file"), None);
        assert_eq!(found.find("LABEL"), None);
    }

    #[test]
    fn long_name_may_lie_in_two_clusters() {
        let mut records = vec![record(b"A          ", 0, 0, 0); 15];
        for (number, record) in records.iter_mut().enumerate() {
            record[1] = b'A' + number as u8;
        }
        records.extend(long(
            "a long name of three parts",
            record(b"ALONGN~1   ", 0, 0, 0),
        ));
        let (first, second) = records.split_at(16);
        let clusters = [(2, first.to_vec()), (9, second.to_vec())];
        let found = root(&[(2, 9)], &clusters).unwrap();
        assert_eq!(found.files.len(), 16);
        assert_eq!(found.files[15].name, "a long name of three parts");
    }

    #[test]
    fn deleted_file_orphans_a_long_name() {
        let short = record(b"FILE       ", 0, 0, 0);
        let mut records = long("other", short);
        records.insert(1, record(b"\xe5ILE       ", 0, 0, 0));
        let found = root(&[], &[(2, records)]).unwrap();
        assert_eq!(names(&found), ["FILE"]);
    }

    #[test]
    fn rejects_invalid_chains_and_huge_directories() {
        let message = |links: &[(u32, u32)]| root(links, &[]).unwrap_err().to_string();
        assert!(message(&[(2, 3), (3, 2)]).contains("cycle"));
        assert!(message(&[(2, 0)]).contains("a free cluster"));
        let links: Vec<(u32, u32)> = (2..5000).map(|cluster| (cluster, cluster + 1)).collect();
        assert!(message(&links).starts_with("too large: a directory"));
    }
}
