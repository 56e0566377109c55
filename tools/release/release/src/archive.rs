//! Packs files in memory to reproducible `.tar.gz` archives, and unpacks them.

use std::io;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tar::{Archive, Builder, Header};

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub path: String,
    pub bytes: Vec<u8>,
    /// Whether its mode is 0755 instead of 0644.
    pub executable: bool,
}

/// Packs `entries`, sorted by path, owned by 0:0 and modified at `epoch` (seconds since 1970).
pub fn pack(mut entries: Vec<Entry>, epoch: u64) -> io::Result<Vec<u8>> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    // This leaves the name and the time in gzip's header empty.
    let gzip = GzEncoder::new(Vec::new(), Compression::best());
    let mut archive = Builder::new(gzip);
    for entry in &entries {
        let mut header = Header::new_ustar();
        header.set_size(entry.bytes.len() as u64);
        header.set_mode(if entry.executable { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(epoch);
        archive.append_data(&mut header, &entry.path, entry.bytes.as_slice())?;
    }
    archive.into_inner()?.finish()
}

/// Returns the regular files in a `.tar.gz`, in the order of the archive.
pub fn unpack(bytes: &[u8]) -> Result<Vec<Entry>> {
    let mut archive = Archive::new(GzDecoder::new(bytes));
    let mut entries = Vec::new();
    for entry in archive.entries().context("not a .tar.gz")? {
        let mut entry = entry.context("truncated or damaged .tar.gz")?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let executable = entry.header().mode().unwrap_or(0) & 0o111 != 0;
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut entry, &mut bytes).context("truncated or damaged .tar.gz")?;
        entries.push(Entry {
            path,
            bytes,
            executable,
        });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, executable: bool) -> Entry {
        Entry {
            path: path.to_owned(),
            bytes: path.as_bytes().to_vec(),
            executable,
        }
    }

    #[test]
    fn depends_on_content_alone() {
        let (a, b) = (entry("d/a", true), entry("d/b", false));
        let archive = pack(vec![b.clone(), a.clone()], 1).unwrap();
        assert_eq!(archive, pack(vec![a.clone(), b.clone()], 1).unwrap());
        assert_ne!(archive, pack(vec![a.clone(), b.clone()], 2).unwrap());
        assert_eq!(unpack(&archive).unwrap(), [a, b]);

        let mut archive = Archive::new(GzDecoder::new(archive.as_slice()));
        let entry = archive.entries().unwrap().next().unwrap().unwrap();
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        assert_eq!(header.mtime().unwrap(), 1);
        assert_eq!(header.mode().unwrap(), 0o755);
    }

    #[test]
    fn rejects_damaged_archives() {
        let archive = pack(vec![entry("a", true)], 1).unwrap();
        assert!(unpack(&archive[..archive.len() / 2]).is_err());
        assert!(unpack(b"text").is_err());
    }
}
