//! Keeps the blocks that were read last.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use file_system::Error;

/// The last blocks by their positions in the image, the most recent first.
#[derive(Debug)]
pub(crate) struct Cache<T> {
    blocks: Mutex<VecDeque<(u64, Arc<T>)>>,
    capacity: usize,
}

impl<T> Cache<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Cache {
            blocks: Mutex::default(),
            capacity,
        }
    }

    /// Returns the block at `position`, which `read` reads if it is not kept.
    pub(crate) fn get_or_read(
        &self,
        position: u64,
        read: impl FnOnce() -> Result<T, Error>,
    ) -> Result<Arc<T>, Error> {
        if let Some(block) = self.get(position) {
            return Ok(block);
        }
        // Not under the lock, so that threads decompress side by side.
        let block = Arc::new(read()?);
        let mut blocks = lock(&self.blocks);
        blocks.truncate(self.capacity.saturating_sub(1));
        blocks.push_front((position, Arc::clone(&block)));
        Ok(block)
    }

    fn get(&self, position: u64) -> Option<Arc<T>> {
        let mut blocks = lock(&self.blocks);
        let index = blocks.iter().position(|(other, _)| *other == position)?;
        if index > 0 {
            let entry = blocks.remove(index)?;
            blocks.push_front(entry);
        }
        blocks.front().map(|(_, block)| Arc::clone(block))
    }
}

/// Locks what stays consistent if a thread panics while it holds the lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_the_block_that_was_used_least_recently() {
        let cache = Cache::new(2);
        let reads = std::cell::Cell::new(0);
        let get = |position: u64| {
            let block = cache.get_or_read(position, || {
                reads.set(reads.get() + 1);
                Ok(position * 10)
            });
            (*block.unwrap(), reads.get())
        };
        assert_eq!(get(1), (10, 1));
        assert_eq!(get(2), (20, 2));
        assert_eq!(get(1), (10, 2));
        assert_eq!(get(3), (30, 3));
        assert_eq!(get(1), (10, 3));
        assert_eq!(get(2), (20, 4));
    }

    #[test]
    fn errors_are_not_kept() {
        let cache = Cache::new(1);
        assert!(cache.get_or_read(1, || Err(Error::corrupt("x"))).is_err());
        assert_eq!(*cache.get_or_read(1, || Ok(2)).unwrap(), 2);
    }
}
