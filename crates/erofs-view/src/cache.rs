//! Keeps what clusters decompressed to.

use std::sync::{Arc, Mutex, PoisonError};

use file_system::Error;

use crate::decode::MAX_DECOMPRESSED;
use crate::extent::Cluster;

/// The maximum number of clusters that are kept.
const MAX_CLUSTERS: usize = 32;

/// The content of a cluster, up to a length.
pub(crate) type Content = Arc<Vec<u8>>;

/// The clusters that were read last, the last one at the end. It is common to all files: the ends of many
/// files are fragments of the same cluster, and files can share clusters.
#[derive(Debug, Default)]
pub(crate) struct ClusterCache(Mutex<Vec<(Cluster, Content)>>);

impl ClusterCache {
    /// Returns at least the first `length` bytes of a cluster, at most [`MAX_DECOMPRESSED`], with
    /// `decompress` if they are not here.
    ///
    /// All that is kept, with what is returned, takes at most [`MAX_DECOMPRESSED`] bytes.
    pub(crate) fn get(
        &self,
        cluster: &Cluster,
        length: u64,
        decompress: impl FnOnce(usize) -> Result<Vec<u8>, Error>,
    ) -> Result<Content, Error> {
        if let Some(content) = self.take(cluster, length) {
            return Ok(content);
        }
        let length = length.min(MAX_DECOMPRESSED);
        self.make_room(length);
        // Not while the cache is locked: the cluster can be in the metabox, which is compressed too.
        let content = Arc::new(decompress(usize::try_from(length).unwrap_or(usize::MAX))?);
        self.make_room(length);
        let mut clusters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clusters.push((*cluster, content.clone()));
        Ok(content)
    }

    /// Returns a cluster that is kept, as the last one. One that is too short is dropped.
    fn take(&self, cluster: &Cluster, length: u64) -> Option<Content> {
        let mut clusters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = clusters.iter().rposition(|row| row.0 == *cluster)?;
        let row = clusters.remove(index);
        if (row.1.len() as u64) < length {
            return None;
        }
        let content = row.1.clone();
        clusters.push(row);
        Some(content)
    }

    /// Drops the oldest clusters until there is room for `length` bytes in another one.
    fn make_room(&self, length: u64) {
        let mut clusters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let size = |clusters: &Vec<(Cluster, Content)>| -> u64 {
            clusters.iter().map(|row| row.1.len() as u64).sum()
        };
        while !clusters.is_empty()
            && (clusters.len() >= MAX_CLUSTERS || size(&clusters) + length > MAX_DECOMPRESSED)
        {
            clusters.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::Area;
    use crate::decode::Algorithm;

    fn get(cache: &ClusterCache, position: u64, length: u64) -> (usize, bool) {
        let cluster = Cluster {
            area: Area::Image,
            position,
            size: 1,
            algorithm: Algorithm::Lz4,
        };
        let mut is_new = false;
        let content = cache.get(&cluster, length, |length| {
            is_new = true;
            Ok(vec![0; length])
        });
        (content.unwrap().len(), is_new)
    }

    #[test]
    fn decompresses_once() {
        let cache = ClusterCache::default();
        assert_eq!(get(&cache, 1, 100), (100, true));
        assert_eq!(get(&cache, 2, 100), (100, true));
        assert_eq!(get(&cache, 1, 100), (100, false));
        assert_eq!(get(&cache, 1, 50), (100, false));
        assert_eq!(get(&cache, 1, 101), (101, true));
        assert_eq!(get(&cache, 1, 101), (101, false));
    }

    #[test]
    fn limits_what_it_keeps() {
        let cache = ClusterCache::default();
        for position in 0..40 {
            get(&cache, position, 1);
        }
        assert!(!get(&cache, 39, 1).1);
        assert!(!get(&cache, 8, 1).1);
        assert!(get(&cache, 7, 1).1);
        get(&cache, 50, MAX_DECOMPRESSED - 1);
        assert!(!get(&cache, 7, 1).1);
        assert!(get(&cache, 39, 1).1);
        assert_eq!(get(&cache, 60, u64::MAX).0 as u64, MAX_DECOMPRESSED);
        assert!(get(&cache, 39, 1).1);
    }
}
