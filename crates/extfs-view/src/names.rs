//! Where the names of a large directory are, so that looking up each of its files does not read all of it.

/// The maximum number of names: 1 MiB.
const MAX_NAMES: usize = 1 << 17;

/// The blocks of a directory with the hashes of the names in them.
#[derive(Debug, Default)]
pub(crate) struct Names {
    rows: Vec<(u32, u32)>,
    is_full: bool,
}

impl Names {
    /// Adds the hash of a name in a block.
    pub(crate) fn add(&mut self, hash: u32, block: u64) {
        match u32::try_from(block) {
            Ok(block) if self.rows.len() < MAX_NAMES => self.rows.push((hash, block)),
            _ => self.is_full = true,
        }
    }

    /// Returns `None` if there were more names than are kept.
    pub(crate) fn finish(mut self) -> Option<Self> {
        self.rows.sort_unstable();
        self.rows.dedup();
        (!self.is_full).then_some(self)
    }

    /// Returns the blocks that may contain a name with a hash.
    pub(crate) fn blocks(&self, hash: u32) -> impl Iterator<Item = u64> + '_ {
        let start = self.rows.partition_point(|row| row.0 < hash);
        let rows = self.rows.iter().skip(start);
        rows.take_while(move |row| row.0 == hash)
            .map(|row| row.1.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_the_blocks_of_a_hash() {
        let mut names = Names::default();
        for (hash, block) in [(7, 3), (5, 1), (7, 2), (7, 3), (u32::MAX, 0)] {
            names.add(hash, block);
        }
        let names = names.finish().unwrap();
        let blocks = |hash| names.blocks(hash).collect::<Vec<_>>();
        assert_eq!(blocks(7), [2, 3]);
        assert_eq!(blocks(u32::MAX), [0]);
        assert!(blocks(6).is_empty() && blocks(0).is_empty());
    }

    #[test]
    fn limits_the_number_of_names() {
        let mut names = Names::default();
        (0..MAX_NAMES as u32).for_each(|hash| names.add(hash, 0));
        assert!(!names.is_full);
        names.add(0, 0);
        assert!(names.finish().is_none());
        let mut names = Names::default();
        names.add(0, 1 << 32);
        assert!(names.finish().is_none());
    }
}
