//! Reads inodes and content.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use file_system::{Attribute, Error, ReadAt};

use crate::area::{Area, LINE_SIZE, LineCache, ReadMetadata};
use crate::attributes::{Attributes, LongPrefix, read_prefixes};
use crate::bytes::position;
use crate::cache::ClusterCache;
use crate::extent::{Cluster, Extent, Node, Storage};
use crate::inode::{EXTENDED_SIZE, Inode};
use crate::superblock::Superblock;

/// An erofs file system in an image.
#[derive(Debug)]
pub struct ErofsView<R> {
    image: R,
    pub(crate) superblock: Superblock,
    prefixes: OnceLock<Vec<LongPrefix>>,
    packed: OnceLock<Arc<Node>>,
    metabox: OnceLock<Arc<Node>>,
    lines: LineCache,
    clusters: ClusterCache,
    /// The directory in which a file was found last.
    pub(crate) directory: Mutex<Option<(PathBuf, Arc<Node>)>>,
}

impl<R: ReadAt> ErofsView<R> {
    /// Reads the superblock of an image, from its beginning.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the superblock is invalid, or not of erofs; [`Error::Unsupported`] if the file
    /// system has features that this crate does not know, or data on extra devices.
    pub fn new(image: R) -> Result<Self, Error> {
        Ok(ErofsView {
            superblock: Superblock::read(&image)?,
            image,
            prefixes: OnceLock::new(),
            packed: OnceLock::new(),
            metabox: OnceLock::new(),
            lines: LineCache::default(),
            clusters: ClusterCache::default(),
            directory: Mutex::default(),
        })
    }

    pub(crate) fn inode(&self, nid: u64) -> Result<Inode, Error> {
        let (area, position) = Inode::locate(&self.superblock, nid)?;
        let mut bytes = [0; EXTENDED_SIZE];
        // An image can end behind a compact inode.
        let (compact, extended) = bytes.split_at_mut(EXTENDED_SIZE / 2);
        self.read_area(area, compact, position)?;
        if Inode::size_of(compact)? == EXTENDED_SIZE {
            let behind = crate::bytes::position(position, 1, compact.len() as u64)?;
            self.read_area(area, extended, behind)?;
        }
        Inode::parse(&self.superblock, nid, &bytes)
    }

    pub(crate) fn node(&self, inode: Inode) -> Result<Node, Error> {
        let area = inode.area;
        Node::new(&self.superblock, inode, &|position, bytes| {
            self.read_area(area, bytes, position)
        })
    }

    /// Returns a special inode, which is read when it is needed first.
    fn special(
        &self,
        place: &OnceLock<Arc<Node>>,
        nid: Option<u64>,
        name: &str,
    ) -> Result<Arc<Node>, Error> {
        if let Some(node) = place.get() {
            return Ok(node.clone());
        }
        let nid = nid.ok_or_else(|| Error::corrupt(format!("the image has no {name} inode")))?;
        let node = Arc::new(self.node(self.inode(nid)?)?);
        Ok(place.get_or_init(|| node).clone())
    }

    fn packed(&self) -> Result<Arc<Node>, Error> {
        self.special(&self.packed, self.superblock.packed_nid, "packed")
    }

    fn metabox(&self) -> Result<Arc<Node>, Error> {
        self.special(&self.metabox, self.superblock.metabox_nid, "metabox")
    }

    /// Fills `bytes` from a position in an area. Small reads go through the cache.
    fn read_area(&self, area: Area, mut bytes: &mut [u8], mut position: u64) -> Result<(), Error> {
        if bytes.len() > LINE_SIZE {
            return self.read_area_directly(area, bytes, position);
        }
        while !bytes.is_empty() {
            let number = position / LINE_SIZE as u64;
            let offset = (position % LINE_SIZE as u64) as usize;
            let count = bytes.len().min(LINE_SIZE - offset);
            let (part, rest) = bytes.split_at_mut(count);
            if !self.lines.copy(area, number, offset, part) {
                self.lines
                    .insert(area, number, self.read_line(area, number)?);
                if !self.lines.copy(area, number, offset, part) {
                    // The line ends with the image.
                    self.read_area_directly(area, part, position)?;
                }
            }
            bytes = rest;
            position = crate::bytes::position(position, 1, count as u64)?;
        }
        Ok(())
    }

    fn read_line(&self, area: Area, number: u64) -> Result<Vec<u8>, Error> {
        let start = position(0, number, LINE_SIZE as u64)?;
        let mut line = vec![0; LINE_SIZE];
        let size = match area {
            Area::Image => self.image.size(),
            Area::Metabox => self.metabox()?.inode.size,
        };
        let left = size.saturating_sub(start);
        line.truncate(usize::try_from(left).unwrap_or(LINE_SIZE));
        self.read_area_directly(area, &mut line, start)?;
        Ok(line)
    }

    fn read_area_directly(&self, area: Area, bytes: &mut [u8], position: u64) -> Result<(), Error> {
        match area {
            Area::Image if bytes.is_empty() => Ok(()),
            Area::Image => Ok(self.image.read_exact_at(bytes, position)?),
            Area::Metabox => self.read(&*self.metabox()?, bytes, position, &mut None),
        }
    }

    /// Fills `bytes` with the content of a file from `offset` on. `last` is the extent that was read last, if
    /// any.
    pub(crate) fn read(
        &self,
        node: &Node,
        mut bytes: &mut [u8],
        mut offset: u64,
        last: &mut Option<Extent>,
    ) -> Result<(), Error> {
        let end = offset.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > node.inode.size) {
            return Err(Error::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        while !bytes.is_empty() {
            let extent = match last {
                Some(extent) if extent.contains(offset) => *extent,
                _ => node.extent(offset, &|position, bytes| {
                    self.read_area(node.inode.area, bytes, position)
                })?,
            };
            *last = Some(extent);
            let skip = offset - extent.start;
            let left = usize::try_from(extent.length - skip).unwrap_or(usize::MAX);
            let (part, rest) = bytes.split_at_mut(left.min(bytes.len()));
            self.read_extent(node, &extent, part, skip)?;
            offset += part.len() as u64;
            bytes = rest;
        }
        Ok(())
    }

    /// Fills `bytes` with the content of an extent, from `skip` bytes on.
    fn read_extent(
        &self,
        node: &Node,
        extent: &Extent,
        bytes: &mut [u8],
        skip: u64,
    ) -> Result<(), Error> {
        match &extent.storage {
            Storage::Hole => bytes.fill(0),
            Storage::Raw { area, position } => {
                let position = crate::bytes::position(*position, 1, skip)?;
                self.read_area(*area, bytes, position)?;
            }
            Storage::Fragment { offset } => {
                let packed = self.packed()?;
                // It would refer to itself.
                if packed.inode.nid == node.inode.nid {
                    return Err(node.inode.corrupt("a fragment in the packed inode"));
                }
                self.read(&packed, bytes, position(*offset, 1, skip)?, &mut None)?;
            }
            Storage::Compressed(cluster) => {
                let content = self.clusters.get(cluster, extent.length, |length| {
                    self.decompress(cluster, length)
                })?;
                let part = usize::try_from(skip).ok();
                let part = part.and_then(|skip| content.get(skip..)?.get(..bytes.len()));
                let part = part.ok_or_else(|| node.inode.corrupt("a cluster is too short"))?;
                bytes.copy_from_slice(part);
            }
        }
        Ok(())
    }

    fn decompress(&self, cluster: &Cluster, length: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; usize::try_from(cluster.size).unwrap_or_default()];
        self.read_area(cluster.area, &mut bytes, cluster.position)?;
        cluster.algorithm.decompress(&bytes, length)
    }

    pub(crate) fn read_attributes(&self, inode: &Inode) -> Result<Vec<Attribute>, Error> {
        let shared_area = if self.superblock.shared_attributes_in_metabox {
            Area::Metabox
        } else {
            Area::Image
        };
        let attributes = Attributes {
            read_inline: &|position, bytes| self.read_area(inode.area, bytes, position),
            read_shared: &|position, bytes| self.read_area(shared_area, bytes, position),
            shared: self.superblock.shared_attributes,
            prefixes: self.prefixes()?,
        };
        attributes.read(inode.attributes, inode.attributes_size)
    }

    /// Returns the prefixes of names, which are in a special inode if there is one.
    fn prefixes(&self) -> Result<&[LongPrefix], Error> {
        if let Some(prefixes) = self.prefixes.get() {
            return Ok(prefixes);
        }
        let (start, count) = self.superblock.prefixes;
        let superblock = &self.superblock;
        let special = match (superblock.metabox_nid, superblock.packed_nid) {
            _ if superblock.has_plain_prefixes || count == 0 => None,
            (Some(_), _) => Some(self.metabox()?),
            (None, Some(_)) => Some(self.packed()?),
            (None, None) => None,
        };
        let read: &ReadMetadata<'_> = &|position, bytes| match &special {
            Some(node) => self.read(node, bytes, position, &mut None),
            None => self.read_area(Area::Image, bytes, position),
        };
        let prefixes = read_prefixes(read, start, count)?;
        Ok(self.prefixes.get_or_init(|| prefixes))
    }
}
