//! An io_uring: a queue of entries for the kernel and a queue of completions from it, in memory that both share. See io_uring(7).

use std::marker::PhantomData;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;

use rustix::io::Errno;
use rustix::io_uring::{
    IORING_OFF_SQ_RING, IORING_OFF_SQES, IoringEnterFlags, IoringFeatureFlags, IoringSetupFlags,
    io_uring_enter, io_uring_params, io_uring_setup,
};
use rustix::mm::ProtFlags;

use crate::layout::{Completion, Entry};
use crate::memory::{Memory, Plain};

/// The error number in a completion's result, if it is one. From 1 on, results are the operation's.
pub fn errno(result: i32) -> Option<Errno> {
    (-4095..0)
        .contains(&result)
        .then(|| Errno::from_raw_os_error(-result))
}

/// Where things are in a ring's `queues`, in bytes.
struct Offsets {
    submission_head: usize,
    submission_tail: usize,
    completion_head: usize,
    completion_tail: usize,
    completions: usize,
}

/// A ring whose entries have the payload `C`.
pub struct Ring<C> {
    fd: OwnedFd,
    /// Counters, array of indexes, and completions.
    queues: Memory,
    entries: Memory,
    offsets: Offsets,
    submission_mask: u32,
    completion_mask: u32,
    payload: PhantomData<C>,
}

impl<C> Ring<C>
where
    Entry<C>: Plain,
{
    /// Makes a ring for at least `entries` operations at a time.
    pub fn new(entries: u32, flags: IoringSetupFlags) -> Result<Self, Errno> {
        let mut params = io_uring_params::default();
        params.flags = flags;
        if size_of::<Entry<C>>() == 128 {
            params.flags |= IoringSetupFlags::SQE128;
        }
        // SAFETY: the flags do not attach the ring to another one.
        let fd = unsafe { io_uring_setup(entries, &mut params)? };
        if !params
            .features
            .contains(IoringFeatureFlags::SINGLE_MMAP | IoringFeatureFlags::NODROP)
        {
            return Err(Errno::NOSYS);
        }
        let array_end =
            params.sq_off.array as usize + params.sq_entries as usize * size_of::<u32>();
        let completions_end =
            params.cq_off.cqes as usize + params.cq_entries as usize * size_of::<Completion>();
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        let size = array_end.max(completions_end);
        let mut queues = Memory::map(fd.as_fd(), IORING_OFF_SQ_RING, size, protection)?;
        let size = params.sq_entries as usize * size_of::<Entry<C>>();
        let entries = Memory::map(fd.as_fd(), IORING_OFF_SQES, size, protection)?;
        // Entry n of the ring is always entry n in memory.
        for index in 0..params.sq_entries {
            queues.write(
                params.sq_off.array as usize + index as usize * size_of::<u32>(),
                index,
            );
        }
        Ok(Self {
            fd,
            queues,
            entries,
            offsets: Offsets {
                submission_head: params.sq_off.head as usize,
                submission_tail: params.sq_off.tail as usize,
                completion_head: params.cq_off.head as usize,
                completion_tail: params.cq_off.tail as usize,
                completions: params.cq_off.cqes as usize,
            },
            submission_mask: params.sq_entries - 1,
            completion_mask: params.cq_entries - 1,
            payload: PhantomData,
        })
    }

    /// Adds an entry, which `enter` submits. Fails if all entries await submission.
    ///
    /// # Safety
    ///
    /// The memory at the entry's addresses stays allocated for ever, and is used only as the operation allows until it has completed.
    pub unsafe fn push(&mut self, entry: Entry<C>) -> Result<(), Errno> {
        if self.unsubmitted() > self.submission_mask {
            return Err(Errno::BUSY);
        }
        let tail = self
            .queues
            .atomic(self.offsets.submission_tail)
            .load(Ordering::Relaxed);
        let index = (tail & self.submission_mask) as usize;
        self.entries.write(index * size_of::<Entry<C>>(), entry);
        // After the entry: the kernel reads the tail first.
        self.queues
            .atomic(self.offsets.submission_tail)
            .store(tail.wrapping_add(1), Ordering::Release);
        Ok(())
    }

    /// Submits the entries, and waits until at least `wait_for` operations have completed.
    pub fn enter(&mut self, wait_for: u32) -> Result<(), Errno> {
        loop {
            // SAFETY: the entries' addresses are valid, as `push` requires; without an argument, the flags need nothing else.
            match unsafe {
                io_uring_enter(
                    &self.fd,
                    self.unsubmitted(),
                    wait_for,
                    IoringEnterFlags::GETEVENTS,
                )
            } {
                Ok(_) if self.unsubmitted() == 0 => return Ok(()),
                // After a signal; or the kernel found no memory for a moment, and submitted a part.
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => std::thread::yield_now(),
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Takes the next completion.
    pub fn pop(&mut self) -> Option<Completion> {
        let head = self
            .queues
            .atomic(self.offsets.completion_head)
            .load(Ordering::Relaxed);
        // Before the completion: the kernel writes the tail last.
        let tail = self
            .queues
            .atomic(self.offsets.completion_tail)
            .load(Ordering::Acquire);
        if head == tail {
            return None;
        }
        let index = (head & self.completion_mask) as usize;
        let completion = self
            .queues
            .read(self.offsets.completions + index * size_of::<Completion>());
        // After the copy: the kernel reuses the place.
        self.queues
            .atomic(self.offsets.completion_head)
            .store(head.wrapping_add(1), Ordering::Release);
        Some(completion)
    }

    fn unsubmitted(&self) -> u32 {
        let tail = self
            .queues
            .atomic(self.offsets.submission_tail)
            .load(Ordering::Relaxed);
        let head = self
            .queues
            .atomic(self.offsets.submission_head)
            .load(Ordering::Acquire);
        tail.wrapping_sub(head)
    }
}
