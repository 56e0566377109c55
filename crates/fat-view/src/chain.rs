//! Chains of clusters: the content of a file or a directory.

use file_system::Error;
use read_at::ReadAt;

use crate::volume::{TableBlock, Volume};

/// The number of marks at which they are thinned out.
const MAX_MARKS: usize = 4096;

/// A chain, which is followed as far as it is needed, once.
///
/// Marks remember the clusters at multiples of a distance, which doubles when there are too many marks.
/// So a position in a file of 4 GiB with clusters of 512 bytes is at most 4096 steps from a mark, with 16
/// KiB of memory.
#[derive(Debug)]
pub(crate) struct Chain {
    marks: Vec<u32>,
    distance: u32,
    /// The end of the part that was followed.
    frontier: Place,
    /// The last place that was returned, from which a sequential reader continues.
    last: Place,
    cycle: CycleDetector,
    block: TableBlock,
}

/// A cluster and its index in the chain.
#[derive(Debug, Clone, Copy)]
struct Place {
    index: u32,
    cluster: u32,
}

impl Chain {
    /// A chain that begins with the cluster `first`.
    pub(crate) fn new(first: u32) -> Self {
        let place = Place {
            index: 0,
            cluster: first,
        };
        Chain {
            marks: vec![first],
            distance: 1,
            frontier: place,
            last: place,
            cycle: CycleDetector::new(first),
            block: TableBlock::default(),
        }
    }

    /// Returns the cluster at `index`; `None` if the chain ends before.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the chain is invalid, or is a cycle.
    pub(crate) fn cluster_at<R: ReadAt>(
        &mut self,
        volume: &Volume<R>,
        index: u32,
    ) -> Result<Option<u32>, Error> {
        let mut place = self.nearest(index);
        while place.index < index {
            let Some(cluster) = volume.next_cluster(place.cluster, &mut self.block)? else {
                return Ok(None);
            };
            place = Place {
                index: place.index + 1,
                cluster,
            };
            if place.index > self.frontier.index {
                self.extend(place)?;
            }
        }
        self.last = place;
        Ok(Some(place.cluster))
    }

    /// Follows the rest of the chain, which may be longer than its file, to see that it ends.
    ///
    /// # Errors
    /// As [`Chain::cluster_at`].
    pub(crate) fn check_end<R: ReadAt>(&mut self, volume: &Volume<R>) -> Result<(), Error> {
        while self.cluster_at(volume, self.frontier.index + 1)?.is_some() {}
        Ok(())
    }

    /// The last known place that is not behind `index`.
    fn nearest(&self, index: u32) -> Place {
        let mark = (index / self.distance).min(self.marks.len() as u32 - 1);
        let marked = self.marks.get(mark as usize).map(|cluster| Place {
            index: mark * self.distance,
            cluster: *cluster,
        });
        [marked, Some(self.last), Some(self.frontier)]
            .into_iter()
            .flatten()
            .filter(|place| place.index <= index)
            .max_by_key(|place| place.index)
            .unwrap_or(self.last)
    }

    fn extend(&mut self, place: Place) -> Result<(), Error> {
        self.frontier = place;
        if self.cycle.is_cycle(place.cluster) {
            let cluster = place.cluster;
            return Err(Error::corrupt(format!(
                "cluster {cluster}: its chain is a cycle"
            )));
        }
        if place.index % self.distance == 0 {
            self.marks.push(place.cluster);
        }
        if self.marks.len() > MAX_MARKS {
            let mut is_kept = false;
            self.marks.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
            self.distance *= 2;
        }
        Ok(())
    }
}

/// Finds cycles with constant memory: R. P. Brent, "An improved Monte Carlo factorization algorithm", 1980.
#[derive(Debug)]
struct CycleDetector {
    seen: u32,
    steps: u32,
    /// The number of steps after which another cluster is remembered.
    limit: u32,
}

impl CycleDetector {
    fn new(first: u32) -> Self {
        CycleDetector {
            seen: first,
            steps: 0,
            limit: 1,
        }
    }

    fn is_cycle(&mut self, cluster: u32) -> bool {
        if cluster == self.seen {
            return true;
        }
        self.steps += 1;
        if self.steps == self.limit {
            self.seen = cluster;
            self.steps = 0;
            self.limit = self.limit.saturating_mul(2);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_image::fat32;

    fn volume(links: &[(u32, u32)]) -> Volume<Vec<u8>> {
        Volume::new(fat32(links)).unwrap()
    }

    #[test]
    fn finds_clusters_in_any_order() {
        // Backwards, so that each cluster is found only through the table.
        let last = 30_001;
        let links: Vec<(u32, u32)> = (3..=last).map(|cluster| (cluster, cluster - 1)).collect();
        let volume = volume(&links);
        let mut chain = Chain::new(last);
        for index in [0, 5, 29_999, 3, 12_345, 12_346, 4, 29_998] {
            let found = chain.cluster_at(&volume, index).unwrap();
            assert_eq!(found, Some(last - index));
        }
        assert_eq!(chain.cluster_at(&volume, 30_000).unwrap(), None);
        assert_eq!(chain.cluster_at(&volume, 0).unwrap(), Some(last));
        assert!(chain.marks.len() <= MAX_MARKS);
        assert_eq!(chain.distance, 8);
    }

    #[test]
    fn rejects_cycles() {
        for start in [2, 3, 50, 101] {
            let mut links: Vec<(u32, u32)> =
                (2..101).map(|cluster| (cluster, cluster + 1)).collect();
            links.push((101, start));
            let mut chain = Chain::new(2);
            let error = chain.cluster_at(&volume(&links), 30_000).unwrap_err();
            assert!(error.to_string().ends_with("is a cycle"), "{error}");
        }
    }
}
