//! The content of files.

use std::cell::RefCell;
use std::io;

use file_system::Error;
use read_at::ReadAt;

use crate::chain::Chain;
use crate::record::File;
use crate::volume::Volume;

/// A file that is open.
#[derive(Debug)]
pub(crate) struct OpenFile<'a, R> {
    volume: &'a Volume<R>,
    size: u32,
    chain: RefCell<Chain>,
}

impl<'a, R: ReadAt> OpenFile<'a, R> {
    pub(crate) fn new(volume: &'a Volume<R>, file: &File) -> Self {
        OpenFile {
            volume,
            size: file.size,
            chain: RefCell::new(Chain::new(file.first_cluster)),
        }
    }

    fn read(&self, mut bytes: &mut [u8], offset: u64) -> Result<(), Error> {
        let cluster_size = self.volume.geometry.cluster_size;
        // It fits, because the caller checked that it is within the file.
        let mut offset = u32::try_from(offset).unwrap_or(u32::MAX);
        while !bytes.is_empty() {
            let within = offset % cluster_size;
            let (start, length) = self.run(offset / cluster_size, within, bytes.len())?;
            let (part, rest) = bytes.split_at_mut(length);
            self.volume.read(part, start)?;
            bytes = rest;
            // It does not overflow before the last round, as sizes of files fit.
            offset = offset.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
        }
        Ok(())
    }

    /// Returns the offset in the image, and the number, up to `wanted`, of the bytes that follow each
    /// other there from byte `within` of the cluster at `index` on.
    fn run(&self, index: u32, within: u32, wanted: usize) -> Result<(u64, usize), Error> {
        let cluster_size = self.volume.geometry.cluster_size as usize;
        let first = self.cluster_at(index)?;
        let start = self.volume.cluster_offset(first)? + u64::from(within);
        let mut length = cluster_size - within as usize;
        let mut count = 1;
        while length < wanted && self.cluster_at(index + count)? == first + count {
            length += cluster_size;
            count += 1;
        }
        Ok((start, length.min(wanted)))
    }

    fn cluster_at(&self, index: u32) -> Result<u32, Error> {
        let mut chain = self.chain.borrow_mut();
        let expected = self.size.div_ceil(self.volume.geometry.cluster_size);
        let cluster = chain.cluster_at(self.volume, index)?.ok_or_else(|| {
            Error::corrupt(format!(
                "a chain of at most {index} clusters, expected {expected} for a file of {} bytes",
                self.size
            ))
        })?;
        if index + 1 == expected {
            chain.check_end(self.volume)?;
        }
        Ok(cluster)
    }
}

impl<R: ReadAt> ReadAt for OpenFile<'_, R> {
    fn size(&self) -> u64 {
        self.size.into()
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > self.size()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.read(bytes, offset)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot_sector::Width;
    use crate::record::Record;
    use crate::test_image::{CLUSTER_SIZE, fat32, put_cluster, record};

    fn file(first_cluster: u16, size: u32) -> File {
        match Record::parse(
            &record(b"FILE       ", 0, first_cluster, size),
            Width::Bits32,
        ) {
            Record::File(file) => file,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn reads_runs_and_gaps() {
        let clusters = [10, 11, 12, 20, 15, 16, 9];
        let links: Vec<(u32, u32)> = clusters.windows(2).map(|two| (two[0], two[1])).collect();
        let mut image = fat32(&links);
        let content: Vec<u8> = (0..7 * CLUSTER_SIZE as u32)
            .map(|at| (at / 7) as u8)
            .collect();
        for (cluster, part) in clusters.iter().zip(content.chunks(CLUSTER_SIZE)) {
            put_cluster(&mut image, *cluster, part);
        }
        let volume = Volume::new(image).unwrap();
        let size = content.len() as u32 - 100;
        let open = OpenFile::new(&volume, &file(10, size));
        for start in (0..size).rev().step_by(97) {
            for length in [1, 511, 512, 1500, size].map(|length| length.min(size - start)) {
                let mut bytes = vec![0; length as usize];
                open.read_exact_at(&mut bytes, start.into()).unwrap();
                assert!(bytes == content[start as usize..][..length as usize]);
            }
        }
        let end = open.read_exact_at(&mut [0], size.into()).unwrap_err();
        assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn chain_may_be_longer_than_the_file() {
        let volume = Volume::new(fat32(&[(3, 4), (4, 5)])).unwrap();
        let open = OpenFile::new(&volume, &file(3, 600));
        open.read_exact_at(&mut [0; 600], 0).unwrap();
    }

    #[test]
    fn rejects_chains_that_are_too_short_or_cycles() {
        let volume = Volume::new(fat32(&[(3, 4), (5, 6), (6, 5), (7, 0)])).unwrap();
        for (first, words) in [
            (3, "a chain of at most 2 clusters, expected 3"),
            (5, "cycle"),
            (7, "free"),
            (0, "cluster 0, expected"),
        ] {
            let open = OpenFile::new(&volume, &file(first, 1200));
            let error = open.read_exact_at(&mut [0; 1200], 0).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
        let open = OpenFile::new(&volume, &file(0, 0));
        open.read_exact_at(&mut [], 0).unwrap();
    }
}
