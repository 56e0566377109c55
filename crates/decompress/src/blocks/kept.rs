//! The content of the blocks that were read last.

/// The maximum number of blocks.
const MAX_COUNT: usize = 256;

/// Blocks with their numbers, of which the last was read last.
#[derive(Debug, Default)]
pub(super) struct Kept(Vec<(usize, Vec<u8>)>);

impl Kept {
    /// Returns the content of a block, if it is kept.
    pub(super) fn get(&mut self, number: usize) -> Option<&[u8]> {
        let at = self.0.iter().position(|(kept, _)| *kept == number)?;
        self.0.get_mut(at..)?.rotate_left(1);
        self.0.last().map(|(_, content)| content.as_slice())
    }

    /// Drops blocks until those that are left have at most `size` bytes in all, and another can be added.
    pub(super) fn shrink(&mut self, size: u64) {
        let mut total = 0;
        let is_kept = |(_, content): &&(usize, Vec<u8>)| {
            total += content.len() as u64;
            total <= size
        };
        let newest = self.0.iter().rev().take(MAX_COUNT - 1);
        let count = newest.take_while(is_kept).count();
        self.0.drain(..self.0.len() - count);
    }

    pub(super) fn push(&mut self, number: usize, content: Vec<u8>) {
        self.0.push((number, content));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_what_was_not_read_for_the_longest_time() {
        let mut kept = Kept::default();
        for number in 0..3 {
            kept.push(number, vec![number as u8; 10]);
        }
        assert_eq!(kept.get(0), Some(&[0; 10][..]));
        kept.shrink(20);
        assert_eq!(
            [0, 1, 2].map(|number| kept.get(number).is_some()),
            [true, false, true]
        );
        kept.shrink(19);
        assert_eq!(
            [0, 2].map(|number| kept.get(number).is_some()),
            [false, true]
        );
        for number in 10..500 {
            kept.shrink(1000);
            kept.push(number, Vec::new());
        }
        assert_eq!(kept.0.len(), MAX_COUNT);
        kept.shrink(0);
        assert!(kept.0.len() < MAX_COUNT);
    }
}
