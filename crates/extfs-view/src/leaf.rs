//! Where a range of blocks of a file is stored.

/// Consecutive blocks of a file that are consecutive in the image too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// The number of the first block in the file.
    pub(crate) start: u64,
    pub(crate) length: u64,
    /// The number of the first block in the image.
    pub(crate) block: u64,
}

/// What one block of the map says: where the blocks of the file from `start` up to `end` are. Those between
/// runs are holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Sorted, without overlaps.
    pub(crate) runs: Vec<Run>,
}

impl Leaf {
    pub(crate) fn hole(start: u64, end: u64) -> Self {
        let runs = Vec::new();
        Leaf { start, end, runs }
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        (self.start..self.end).contains(&number)
    }

    /// Returns the block of the image that contains a block of the leaf, `None` if it is in a hole; and for how
    /// many blocks the run or the hole continues from there on.
    pub(crate) fn find(&self, number: u64) -> (Option<u64>, u64) {
        let behind = self.runs.partition_point(|run| run.start <= number);
        let run = behind.checked_sub(1).and_then(|index| self.runs.get(index));
        if let Some(run) = run {
            let skip = number - run.start;
            if skip < run.length {
                return (Some(run.block + skip), run.length - skip);
            }
        }
        let next = self.runs.get(behind).map_or(self.end, |run| run.start);
        (None, next.saturating_sub(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_runs_and_holes() {
        let run = |start, length, block| Run {
            start,
            length,
            block,
        };
        let leaf = Leaf {
            start: 5,
            end: 30,
            runs: vec![run(10, 5, 100), run(15, 1, 7), run(20, 2, 50)],
        };
        assert!(leaf.contains(5) && !leaf.contains(4) && !leaf.contains(30));
        for (number, expected) in [
            (5, (None, 5)),
            (10, (Some(100), 5)),
            (14, (Some(104), 1)),
            (15, (Some(7), 1)),
            (16, (None, 4)),
            (21, (Some(51), 1)),
            (22, (None, 8)),
        ] {
            assert_eq!(leaf.find(number), expected, "{number}");
        }
        assert_eq!(Leaf::hole(0, 9).find(2), (None, 7));
    }
}
