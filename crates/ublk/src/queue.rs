//! The queue of a device: requests from the driver, and their results.

use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{EventfdFlags, PollFlags, eventfd};
use rustix::io::{Errno, read, write};
use rustix::io_uring::{IoringOp, IoringSetupFlags};
use rustix::mm::ProtFlags;

use crate::control::{char_device, open};
use crate::layout::{self, Entry, IoCommand, IoDescriptor};
use crate::memory::Memory;
use crate::ring::{Ring, errno};
use crate::{Error, Io, Parameters};

/// `user_data` of the poll for wake-ups; that of the others is their tag.
const WAKE_UP: u64 = u64::MAX;

/// Who has a tag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    /// The driver, until there is a request.
    Fetching,
    /// The server, which completes a request of so many bytes.
    Serving(u32),
    /// Nobody: the driver ended it.
    Ended,
}

/// The queue of a device. It stays on the thread that opened it, which is the only one that the driver accepts.
pub struct Queue {
    ring: Ring<IoCommand>,
    file: OwnedFd,
    number: u32,
    /// One [`IoDescriptor`] a tag, which the driver writes.
    descriptors: Memory,
    /// `max_io` bytes a tag.
    buffers: Memory,
    max_io: usize,
    slots: Vec<Slot>,
    wake_ups: Arc<OwnedFd>,
    is_polling: bool,
    not_send: PhantomData<*const ()>,
}

impl Queue {
    /// Allocates everything, and submits a fetch for each tag.
    pub(crate) fn open(
        dev: BorrowedFd<'_>,
        number: u32,
        parameters: &Parameters,
    ) -> Result<Self, Error> {
        let path = char_device(number);
        let name = path.trim_start_matches("/dev/");
        let failed = |step| Error::failed(path.clone(), step);
        let depth = parameters.queue_depth;
        let max_io = parameters.max_io as usize;
        let file = open(dev, name).map_err(failed("open"))?;
        let size = usize::from(depth) * size_of::<IoDescriptor>();
        let descriptors =
            Memory::map(file.as_fd(), 0, size, ProtFlags::READ).map_err(failed("mmap"))?;
        let size = usize::from(depth).checked_mul(max_io).ok_or(Errno::NOMEM);
        let buffers = size.and_then(Memory::allocate).map_err(failed("mmap"))?;
        // The kernel works for this thread only while it waits, and never interrupts it.
        let flags = IoringSetupFlags::SINGLE_ISSUER | IoringSetupFlags::DEFER_TASKRUN;
        let ring = Ring::new(u32::from(depth) + 1, flags).map_err(failed("io_uring_setup"))?;
        let wake_ups = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(failed("eventfd"))?;
        let mut queue = Self {
            ring,
            file,
            number,
            descriptors,
            buffers,
            max_io,
            slots: vec![Slot::Fetching; depth.into()],
            wake_ups: Arc::new(wake_ups),
            is_polling: false,
            not_send: PhantomData,
        };
        for tag in 0..depth {
            queue
                .push(layout::FETCH, tag, 0)
                .map_err(failed("FETCH_REQ"))?;
        }
        queue.ring.enter(0).map_err(failed("FETCH_REQ"))?;
        Ok(queue)
    }

    /// Submits the results, waits for requests or a wake-up, and replaces the content of `requests` with the new requests.
    ///
    /// Does not allocate if `requests` has room for as many as the queue's depth.
    ///
    /// # Errors
    ///
    /// [`Error::Stopped`] once the device is stopped.
    pub fn wait(&mut self, requests: &mut Vec<Io>) -> Result<(), Error> {
        requests.clear();
        if self.slots.iter().all(|slot| *slot == Slot::Ended) {
            return Err(Error::Stopped {
                number: self.number,
            });
        }
        if !self.is_polling {
            self.poll_wake_ups().map_err(self.failed("poll"))?;
        }
        self.ring.enter(1).map_err(self.failed("io_uring_enter"))?;
        while let Some(completion) = self.ring.pop() {
            if completion.user_data == WAKE_UP {
                self.is_polling = false;
                // Whatever number of them; an error means that there is none.
                let _ = read(&*self.wake_ups, &mut [0; 8]);
            } else {
                requests.extend(self.fetched(completion.user_data as u16, completion.result)?);
            }
        }
        Ok(())
    }

    /// The request that a fetch ended with; none if the driver ended it.
    fn fetched(&mut self, tag: u16, result: i32) -> Result<Option<Io>, Error> {
        let Some(slot) = self.slots.get_mut(usize::from(tag)) else {
            return Ok(None);
        };
        match errno(result) {
            // UBLK_IO_RES_OK
            None => {
                let io = Io::new(
                    tag,
                    &self
                        .descriptors
                        .read(usize::from(tag) * size_of::<IoDescriptor>()),
                );
                *slot = Slot::Serving(io.length);
                Ok(Some(io))
            }
            // UBLK_IO_RES_ABORT, or the ring is being closed.
            Some(Errno::NODEV | Errno::CANCELED) => {
                *slot = Slot::Ended;
                Ok(None)
            }
            Some(errno) => Err(self.failed("COMMIT_AND_FETCH_REQ")(errno)),
        }
    }

    /// The buffer of a request, `max_io` bytes: what a read puts in and a write takes out. Empty without a request of this tag.
    pub fn buffer(&mut self, tag: u16) -> &mut [u8] {
        let tag = usize::from(tag);
        match self.slots.get(tag) {
            // SAFETY: between a fetch's completion and the next one, which `complete` adds, the driver does not use the tag's buffer.
            Some(Slot::Serving(_)) => unsafe { self.buffers.bytes(tag * self.max_io, self.max_io) },
            _ => &mut [],
        }
    }

    /// Ends a request: with the number of bytes, or a positive error number, which the reader gets as the kernel maps it (EIO for most).
    ///
    /// Takes effect with the next [`Queue::wait`]. Ignored without a request of this tag. The driver repeats the rest of a read that got fewer
    /// bytes than its length, and fails one that got none.
    pub fn complete(&mut self, tag: u16, result: Result<u32, i32>) {
        let Some(slot) = self.slots.get_mut(usize::from(tag)) else {
            return;
        };
        let Slot::Serving(length) = *slot else { return };
        *slot = Slot::Fetching;
        let result = match result {
            Ok(bytes) => i32::try_from(bytes.min(length)).unwrap_or(i32::MAX),
            Err(errno) => errno.saturating_abs().max(1).wrapping_neg(),
        };
        // Cannot fail: the ring has an entry for each tag, and a tag is in it once.
        let _ = self.push(layout::COMMIT_AND_FETCH, tag, result);
    }

    /// A handle that ends [`Queue::wait`] from another thread.
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.wake_ups))
    }

    fn push(&mut self, command: u32, tag: u16, result: i32) -> Result<(), Errno> {
        let address = self.buffers.address(usize::from(tag) * self.max_io);
        let entry = Entry {
            opcode: IoringOp::UringCmd as u8,
            fd: self.file.as_raw_fd(),
            command,
            user_data: tag.into(),
            payload: IoCommand {
                queue: 0,
                tag,
                result,
                address,
            },
            ..Default::default()
        };
        // SAFETY: the buffers are never freed, and `buffer` gives out the tag's only after the command has completed.
        unsafe { self.ring.push(entry) }
    }

    /// Has the ring complete an operation at the next wake-up.
    fn poll_wake_ups(&mut self) -> Result<(), Errno> {
        let entry = Entry {
            opcode: IoringOp::PollAdd as u8,
            fd: self.wake_ups.as_raw_fd(),
            operation_flags: PollFlags::IN.bits().into(),
            user_data: WAKE_UP,
            ..Default::default()
        };
        // SAFETY: a poll has no addresses.
        unsafe { self.ring.push(entry)? };
        self.is_polling = true;
        Ok(())
    }

    fn failed(&self, step: &'static str) -> impl FnOnce(Errno) -> Error + use<> {
        Error::failed(char_device(self.number), step)
    }
}

/// Ends [`Queue::wait`] from another thread.
#[derive(Clone)]
pub struct Waker(Arc<OwnedFd>);

impl Waker {
    /// Makes the current or next wait return, possibly without requests.
    pub fn wake(&self) {
        // Fails only if the counter is at its maximum, and then a wake-up is pending.
        let _ = write(&*self.0, &1_u64.to_ne_bytes());
    }
}
