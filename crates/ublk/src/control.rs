//! The commands for /dev/ublk-control.

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::io_uring::{IoringOp, IoringSetupFlags};

use crate::Error;
use crate::layout::{Command, ControlCommand, ControlPayload, DeviceInfo, Entry};
use crate::memory::{Memory, Plain};
use crate::ring::{Ring, errno};

const CONTROL: &str = "/dev/ublk-control";
/// `dev_id` of ADD_DEV: the driver chooses the number.
pub const ANY_NUMBER: u32 = u32::MAX;

/// /dev/ublk-control, and the ring for its commands.
pub struct Control {
    ring: Ring<ControlPayload>,
    fd: OwnedFd,
    /// What a command points to.
    argument: Memory,
}

impl Control {
    pub fn open(dev: BorrowedFd<'_>) -> Result<Self, Error> {
        let fd = open(dev, "ublk-control").map_err(Error::failed(CONTROL, "open"))?;
        let ring = Ring::new(1, IoringSetupFlags::empty())
            .map_err(Error::failed(CONTROL, "io_uring_setup"))?;
        let argument =
            Memory::allocate(size_of::<DeviceInfo>()).map_err(Error::failed(CONTROL, "mmap"))?;
        Ok(Self { ring, fd, argument })
    }

    /// Runs a command that reads or writes a struct.
    pub fn exchange<T: Plain>(
        &mut self,
        command: Command,
        number: u32,
        argument: T,
    ) -> Result<T, Error> {
        self.argument.write(0, argument);
        self.run(command, number, size_of::<T>() as u16, 0)?;
        Ok(self.argument.read(0))
    }

    /// Runs a command, and waits for its end.
    pub fn run(
        &mut self,
        command: Command,
        number: u32,
        length: u16,
        data: u64,
    ) -> Result<(), Error> {
        let completed = self.submit(command.opcode, number, length, data);
        completed.map_err(Error::failed(
            if number == ANY_NUMBER {
                CONTROL.into()
            } else {
                char_device(number)
            },
            command.name,
        ))
    }

    fn submit(&mut self, opcode: u32, number: u32, length: u16, data: u64) -> Result<(), Errno> {
        let address = if length == 0 {
            0
        } else {
            self.argument.address(0)
        };
        let entry = Entry {
            opcode: IoringOp::UringCmd as u8,
            fd: self.fd.as_raw_fd(),
            command: opcode,
            payload: ControlPayload {
                command: ControlCommand {
                    number,
                    queue: u16::MAX,
                    length,
                    address,
                    data,
                    ..Default::default()
                },
                ..Default::default()
            },
            ..Default::default()
        };
        // SAFETY: `argument` is never freed, has at least `length` bytes, and is used only after the command has completed.
        unsafe { self.ring.push(entry)? };
        self.ring.enter(1)?;
        let completion = self.ring.pop().ok_or(Errno::IO)?;
        errno(completion.result).map_or(Ok(()), Err)
    }
}

/// The name of a device's file for its server.
pub fn char_device(number: u32) -> String {
    format!("/dev/ublkc{number}")
}

/// Opens a file of /dev.
pub fn open(dev: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Errno> {
    openat(dev, name, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
}
