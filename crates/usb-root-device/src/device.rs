//! The state machine.

use std::collections::VecDeque;

use smoo_wire::{Export, Ident, Operation, Request, Response, Status, parse_exports};

use crate::{Loss, Refusal};

/// What the device supports.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of reads that may be outstanding; their tags are less than that.
    pub slots: u8,
    /// The maximum length of a read, in bytes.
    pub length: u32,
}

/// ublk's limit on machines with pages of 4 KiB: `ublk_validate_params` of Linux' `drivers/block/ublk_drv.c`. In bytes.
const MAX_BLOCK_SIZE: u32 = 4096;
/// The kernel counts the bytes of a block device with a sign.
const MAX_SIZE: u64 = i64::MAX as u64;
/// The bits of a request's number that hold the tag.
const TAG_BITS: u32 = 8;

/// The device.
#[derive(Clone, Debug)]
pub struct Device {
    limits: Limits,
    /// Set once.
    export: Option<Export>,
    session: u64,
    /// Whether the host serves the export in this session.
    is_open: bool,
    slots: Vec<Option<Read>>,
    /// The tags of reads that the host was not sent in this session, the oldest first.
    unsent: VecDeque<u8>,
    requests: u32,
}

/// An outstanding read.
#[derive(Clone, Copy, Debug)]
struct Read {
    block: u64,
    blocks: u32,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Unsent,
    /// With this number.
    Sent(u32),
    /// The payload is being transferred.
    Receiving,
}

/// What follows from a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Ignore,
    /// Read a payload of this length in bytes for the read `tag`, then call [`Device::finish`].
    Receive {
        /// The read.
        tag: u8,
        /// In bytes.
        length: u32,
    },
    /// The host could not read, and sent this error number of Linux. The read is complete.
    Fail {
        /// The read.
        tag: u8,
        /// An error number, such as 5 (EIO).
        errno: u8,
    },
    /// Read a payload of this length in bytes and drop it.
    Drain(u32),
    /// The device has left the session. It waits for the host to start another one.
    Lost(Loss),
}

/// What a valid list of exports means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configured {
    /// It is the first one, and from now on the only one.
    First(Export),
    /// The same as before.
    Same,
    /// The host serves nothing any more; reads wait.
    Nothing,
}

impl Device {
    /// A device without an image. `session` is the number of its first session.
    pub fn new(limits: Limits, session: u64) -> Self {
        Device {
            limits,
            export: None,
            session,
            is_open: false,
            slots: vec![None; limits.slots.into()],
            unsent: VecDeque::with_capacity(limits.slots.into()),
            requests: 0,
        }
    }

    /// Accepts only `export` from the start.
    #[must_use]
    pub fn with_export(mut self, export: Export) -> Self {
        self.export = Some(export);
        self
    }

    /// The image, once a host has served one.
    pub fn export(&self) -> Option<Export> {
        self.export
    }

    /// The number of the current session.
    pub fn session(&self) -> u64 {
        self.session
    }

    /// Starts a session, in which the host has yet to send its exports: all outstanding reads will be sent again.
    pub fn start_session(&mut self) {
        self.session = self.session.wrapping_add(1);
        self.is_open = false;
        let tags = (0..self.limits.slots).filter(|tag| !self.unsent.contains(tag));
        let again: Vec<_> = tags.filter(|tag| self.slot(*tag).is_some()).collect();
        for tag in again.into_iter().rev() {
            self.unsent.push_front(tag);
        }
        for read in self.slots.iter_mut().flatten() {
            read.progress = Progress::Unsent;
        }
    }

    /// Handles the message `CONFIG_EXPORTS`, in a session of its own.
    ///
    /// # Errors
    /// The message is not valid, or its image not the one in use. The session stays as it is: without an image.
    pub fn configure(&mut self, message: &[u8]) -> Result<Configured, Refusal> {
        let exports = parse_exports(message).map_err(Refusal::Invalid)?;
        let found = match exports[..] {
            [] => return Ok(Configured::Nothing),
            [export] => export,
            _ => return Err(Refusal::Several(exports.len())),
        };
        let configured = match self.export {
            Some(expected) if expected == found => Configured::Same,
            Some(expected) => return Err(Refusal::OtherImage { expected, found }),
            None if found.block_size() > MAX_BLOCK_SIZE => {
                return Err(Refusal::BlockSize(found.block_size()));
            }
            None if found.size() > MAX_SIZE => return Err(Refusal::Size(found.size())),
            None => Configured::First(found),
        };
        self.export = Some(found);
        self.is_open = true;
        Ok(configured)
    }

    /// The answer to `IDENT`.
    pub fn ident(&self) -> Ident {
        Ident::CURRENT
    }

    /// The answer to `STATUS`.
    pub fn status(&self) -> Status {
        Status {
            is_active: self.is_open,
            exports: self.is_open.into(),
            session: self.session,
        }
    }

    /// Begins a read. Returns whether it is valid: offset and length in bytes are multiples of the block size, it is within the
    /// image, not too long, and the tag is free.
    #[must_use]
    pub fn begin_read(&mut self, tag: u8, offset: u64, length: u32) -> bool {
        let Some(export) = self.export else {
            return false;
        };
        let block_size = export.block_size();
        let (block, blocks) = (offset / u64::from(block_size), length / block_size);
        let is_valid = offset % u64::from(block_size) == 0
            && (1..=self.limits.length).contains(&length)
            && export.range_length(block, blocks) == Some(length.into());
        let Some(slot @ None) = self.slots.get_mut(usize::from(tag)) else {
            return false;
        };
        if is_valid {
            *slot = Some(Read {
                block,
                blocks,
                progress: Progress::Unsent,
            });
            self.unsent.push_back(tag);
        }
        is_valid
    }

    /// Whether [`next_request`](Self::next_request) returns one.
    pub fn has_request(&self) -> bool {
        self.is_open && !self.unsent.is_empty()
    }

    /// The next request to send, if the host serves the image.
    pub fn next_request(&mut self) -> Option<Request> {
        let export = self.export.filter(|_| self.is_open)?;
        let tag = self.unsent.pop_front()?;
        // A new number each time: an answer to the request of an earlier session fits to no read.
        self.requests = self.requests.wrapping_add(1);
        let id = self.requests << TAG_BITS | u32::from(tag);
        let read = self.slots.get_mut(usize::from(tag))?.as_mut()?;
        read.progress = Progress::Sent(id);
        Some(Request {
            operation: Operation::Read,
            id,
            export: export.id(),
            block: read.block,
            blocks: read.blocks,
        })
    }

    /// Handles a response. `session` is the one that was current before the response was read.
    pub fn receive(&mut self, session: u64, message: &[u8]) -> Action {
        let Some(export) = self.open_export(session) else {
            return Action::Ignore;
        };
        match self.check(&export, message) {
            Ok(action) => action,
            Err(loss) => {
                self.start_session();
                Action::Lost(loss)
            }
        }
    }

    fn open_export(&self, session: u64) -> Option<Export> {
        self.export
            .filter(|_| self.is_open && session == self.session)
    }

    fn check(&mut self, export: &Export, message: &[u8]) -> Result<Action, Loss> {
        let Response { request, status } = Response::parse(message).map_err(Loss::Invalid)?;
        if request.export != export.id() {
            return Err(Loss::OtherExport);
        }
        if request.operation != Operation::Read {
            return Err(Loss::Operation(request.operation));
        }
        let [tag, ..] = request.id.to_le_bytes();
        let read = self
            .slots
            .get_mut(usize::from(tag))
            .and_then(Option::as_mut);
        let read = read.filter(|read| read.progress == Progress::Sent(request.id));
        // Without a payload, the number of blocks is irrelevant.
        if status != 0 {
            let failed = read.is_some();
            self.free_if(failed, tag);
            return Ok(match failed {
                true => Action::Fail { tag, errno: status },
                false => Action::Ignore,
            });
        }
        let length = request.blocks.checked_mul(export.block_size());
        let length = length.filter(|length| (1..=self.limits.length).contains(length));
        let length = length.ok_or(Loss::Blocks(request.blocks))?;
        let Some(read) = read else {
            return Ok(Action::Drain(length));
        };
        if (read.block, read.blocks) != (request.block, request.blocks) {
            return Err(Loss::OtherBlocks);
        }
        read.progress = Progress::Receiving;
        Ok(Action::Receive { tag, length })
    }

    /// Reports that the payload for `tag` is complete. Returns whether the read is: it is not if the session has ended.
    #[must_use]
    pub fn finish(&mut self, session: u64, tag: u8) -> bool {
        let is_receiving = self
            .slot(tag)
            .is_some_and(|read| read.progress == Progress::Receiving);
        let is_complete = session == self.session && is_receiving;
        self.free_if(is_complete, tag);
        is_complete
    }

    /// Leaves the session `session` if it is the current one, as the position in its data is unknown. Returns whether it was.
    pub fn lose(&mut self, session: u64) -> bool {
        let is_current = self.open_export(session).is_some();
        if is_current {
            self.start_session();
        }
        is_current
    }

    /// The number of outstanding reads.
    pub fn outstanding(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    fn slot(&self, tag: u8) -> Option<&Read> {
        self.slots.get(usize::from(tag))?.as_ref()
    }

    fn free_if(&mut self, condition: bool, tag: u8) {
        if let Some(slot) = self.slots.get_mut(usize::from(tag)).filter(|_| condition) {
            *slot = None;
        }
    }
}
