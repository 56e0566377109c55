//! What the messages of the device mean.

use std::fmt;

use smoo_wire::{Export, Ident, Operation, Request, Response, Status};

use crate::Fault;

/// The largest read, in bytes. stage0 reads at most 64 KiB at once, smoo's program 256 KiB.
pub const MAX_READ: u64 = 1 << 20;

/// Error numbers of Linux, which the device passes to whoever reads there.
const EIO: u8 = 5;
const EINVAL: u8 = 22;
const EROFS: u8 = 30;

/// Checks the device's answer to IDENT.
///
/// # Errors
/// [`Fault::Message`] and [`Fault::Version`].
pub fn check_ident(message: &[u8]) -> Result<(), Fault> {
    let ident = Ident::parse(message)?;
    match ident.major == Ident::CURRENT.major {
        true => Ok(()),
        false => Err(Fault::Version(ident)),
    }
}

/// A session: the device knows the export, and may read from it.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    export: Export,
    id: u64,
}

/// What to do for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Read from the image, and send [`Read::response`] with the data.
    Read(Read),
    /// Send this response.
    Answer(Response),
    /// Send this response, which is an error.
    Reject(Response, Rejection),
}

/// A read of the device, which is within the image and not larger than [`MAX_READ`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// The position in the image, in bytes.
    pub position: u64,
    /// The length in bytes.
    pub length: usize,
    request: Request,
}

impl Read {
    /// The response: data follows it if the image could be read.
    pub fn response(&self, is_ok: bool) -> Response {
        let status = if is_ok { 0 } else { EIO };
        Response {
            request: self.request,
            status,
        }
    }
}

/// A request that is answered with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    request: Request,
    reason: &'static str,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request {
            operation,
            id,
            export,
            block,
            blocks,
        } = self.request;
        write!(
            f,
            "request {id:#x} ({operation:?} of {blocks} blocks from block {block} of export {export}): {}",
            self.reason
        )
    }
}

impl Session {
    /// The session of a device that got the export and answered STATUS with this.
    ///
    /// # Errors
    /// [`Fault::Message`]; [`Fault::Refused`] if the device uses no export: FunctionFS acknowledges CONFIG_EXPORTS before the device
    /// has seen it, so only STATUS shows that it was refused, or is not applied yet.
    pub fn new(export: Export, status: &[u8]) -> Result<Self, Fault> {
        let status = Status::parse(status)?;
        let id = status.session;
        match status.is_active {
            true => Ok(Session { export, id }),
            false => Err(Fault::Refused),
        }
    }

    /// The number that the device gave the session.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Checks a later answer to STATUS.
    ///
    /// # Errors
    /// [`Fault::Message`] and [`Fault::OtherSession`].
    pub fn check_status(&self, status: &[u8]) -> Result<(), Fault> {
        match Status::parse(status)?.session == self.id {
            true => Ok(()),
            false => Err(Fault::OtherSession),
        }
    }

    /// Decides what a message on the interrupt endpoint means. Each is answered once, so that one that the device sends again after
    /// it reconnected is answered again.
    ///
    /// # Errors
    /// [`Fault::Message`] if it is not a request at all: then the session has to start over.
    pub fn request(&self, message: &[u8]) -> Result<Work, Fault> {
        let request = Request::parse(message)?;
        let reject = |status, reason| {
            let rejection = Rejection { request, reason };
            Ok(Work::Reject(Response { request, status }, rejection))
        };
        if request.export != self.export.id() {
            return reject(EINVAL, "another export than that of this image");
        }
        match request.operation {
            Operation::Read => {}
            Operation::Flush => return Ok(Work::Answer(Response { request, status: 0 })),
            Operation::Write | Operation::Discard => {
                return reject(EROFS, "the image is read-only");
            }
        }
        match self.export.range_length(request.block, request.blocks) {
            None => reject(EINVAL, "beyond the end of the image"),
            Some(0) => reject(EINVAL, "no blocks"),
            Some(length) if length > MAX_READ => reject(EINVAL, "more than 1 MiB"),
            Some(length) => Ok(Work::Read(Read {
                position: request.block * u64::from(self.export.block_size()),
                length: length as usize,
                request,
            })),
        }
    }
}
