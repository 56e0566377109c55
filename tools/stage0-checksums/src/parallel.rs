//! The same work on many things, on all cores.
//!
//! Plain threads and not rayon's pool: the kernel gives a new thread the idlest core, but wakes a
//! waiting one beside its waker. On a machine with other work, where no core is ever idle, a pool's
//! threads then share one core for as long as all this takes; measured, that was half the speed.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// What `work` makes of each of `items`, in their order. Each thread has a `W` of its own.
pub fn map<T, W, R>(items: &[T], work: impl Fn(&mut W, &T) -> R + Sync) -> Vec<R>
where
    T: Sync,
    W: Default,
    R: Send,
{
    let next = AtomicUsize::new(0);
    let worker = |done: Sender<(usize, R)>| {
        let mut own = W::default();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return };
            // The receiver is there until all threads are done.
            let _ = done.send((index, work(&mut own, item)));
        }
    };
    let (done, results) = channel();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 1..cores.min(items.len()) {
            let done = done.clone();
            // Where the system has no more threads to give, those that there are do the work.
            let _ = thread::Builder::new().spawn_scoped(scope, || worker(done));
        }
        worker(done);
    });
    let mut results: Vec<_> = results.into_iter().collect();
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn results_are_in_order_and_complete() {
        let items: Vec<usize> = (0..1000).collect();
        let doubled = map(&items, |_: &mut (), item| item * 2);
        assert_eq!(
            doubled,
            items.iter().map(|item| item * 2).collect::<Vec<_>>()
        );
        assert_eq!(map(&[0; 0], |_: &mut (), item| *item), [0; 0]);
    }

    #[test]
    fn all_cores_work_at_the_same_time() {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        // Each item waits for all the others: one thread too few, and this never ends.
        let barrier = Barrier::new(cores);
        map(&vec![(); cores], |_: &mut (), ()| {
            barrier.wait().is_leader()
        });
    }
}
