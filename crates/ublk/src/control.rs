//! The control side of a device: commands for /dev/ublk-control.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::io_uring::{IoringOp, IoringSetupFlags};

use crate::layout::{
    self, BasicParameters, Command, ControlCommand, ControlPayload, DeviceInfo, Entry,
};
use crate::memory::{Memory, Plain};
use crate::ring::{Ring, errno};
use crate::{Error, Queue};

const CONTROL: &str = "/dev/ublk-control";
/// `dev_id` of ADD_DEV: the driver chooses the number.
const ANY_NUMBER: u32 = u32::MAX;
/// How long the driver may take to notice that the process that served the device has ended: up to Linux 6.14 it looks every 5 s.
const RECOVERY_LIMIT: Duration = Duration::from_secs(30);
const RECOVERY_INTERVAL: Duration = Duration::from_millis(20);

/// What a device is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// In bytes, a multiple of `block_size`.
    pub size: u64,
    /// The logical block size in bytes: a power of two from 512 to 4096.
    pub block_size: u32,
    /// How many requests can be outstanding: 1 to 4096.
    pub queue_depth: u16,
    /// The size of a request at most, in bytes: a power of two, at least the page size.
    pub max_io: u32,
}

impl Parameters {
    fn validate(&self) -> Result<(), Error> {
        let is_valid_block_size =
            self.block_size.is_power_of_two() && (512..=4096).contains(&self.block_size);
        let checks = [
            (
                is_valid_block_size,
                "a block size that is a power of two from 512 to 4096 bytes",
            ),
            (
                self.size != 0 && self.size.checked_rem(self.block_size.into()) == Some(0),
                "a size that is a positive multiple of the block size",
            ),
            (
                (1..=4096).contains(&self.queue_depth),
                "a queue depth from 1 to 4096 requests",
            ),
            (
                self.max_io.is_power_of_two() && (4096..=1 << 24).contains(&self.max_io),
                "requests of at most a power of two from 4096 bytes to 16 MiB",
            ),
        ];
        match checks.iter().find(|(is_valid, _)| !is_valid) {
            Some((_, expected)) => Err(Error::Parameters(expected)),
            None => Ok(()),
        }
    }

    fn to_basic(self) -> BasicParameters {
        let block_shift = self.block_size.trailing_zeros() as u8;
        BasicParameters {
            length: size_of::<BasicParameters>() as u32,
            types: layout::BASIC,
            attributes: layout::READ_ONLY,
            logical_block_shift: block_shift,
            physical_block_shift: block_shift,
            optimal_io_shift: self.max_io.trailing_zeros() as u8,
            minimal_io_shift: block_shift,
            max_sectors: self.max_io / 512,
            sectors: self.size / 512,
            ..Default::default()
        }
    }
}

/// A device's control side. Dropping it leaves the device in place; [`Device::remove`] removes it.
pub struct Device {
    control: Control,
    dev: OwnedFd,
    number: u32,
    parameters: Parameters,
    start: Command,
}

impl Device {
    /// Adds a device, which appears once it is [started](Device::start).
    ///
    /// `dev` is the directory /dev: a process whose root is a left initramfs does not find it by its path any more.
    pub fn add(dev: BorrowedFd<'_>, parameters: &Parameters) -> Result<Self, Error> {
        parameters.validate()?;
        let mut control = Control::open(dev)?;
        let info = DeviceInfo {
            queues: 1,
            queue_depth: parameters.queue_depth,
            max_io: parameters.max_io,
            number: ANY_NUMBER,
            server_pid: pid(),
            flags: layout::FLAGS,
            ..Default::default()
        };
        let info = control.exchange(layout::ADD_DEV, ANY_NUMBER, info)?;
        let device = Self {
            control,
            dev: duplicate(dev)?,
            number: info.number,
            parameters: *parameters,
            start: layout::START_DEV,
        };
        device.configure(&info)
    }

    /// Sets the parameters of a device that was just added, or removes it again.
    fn configure(mut self, info: &DeviceInfo) -> Result<Self, Error> {
        let missing = layout::FLAGS & !info.flags;
        let configured = if missing != 0 {
            Err(Error::Unsupported { flags: missing })
        } else {
            self.control
                .exchange(layout::SET_PARAMS, self.number, self.parameters.to_basic())
        };
        match configured {
            Ok(_) => Ok(self),
            Err(error) => {
                // The first error counts.
                let _ = self.control.run(layout::DEL_DEV, self.number, 0, 0);
                Err(error)
            }
        }
    }

    /// Takes over a device from a process that has ended, or is about to: waits up to 30 s for its end.
    ///
    /// # Errors
    ///
    /// Also, if the device has other parameters than these.
    pub fn recover(
        dev: BorrowedFd<'_>,
        number: u32,
        parameters: &Parameters,
    ) -> Result<Self, Error> {
        parameters.validate()?;
        let mut control = Control::open(dev)?;
        let info = control.exchange(layout::GET_DEV_INFO, number, DeviceInfo::default())?;
        let wanted = parameters.to_basic();
        let basic = control.exchange(layout::GET_PARAMS, number, wanted)?;
        let is_same = info.queue_depth == parameters.queue_depth
            && info.max_io == parameters.max_io
            && basic.sectors == wanted.sectors
            && basic.logical_block_shift == wanted.logical_block_shift;
        if !is_same {
            return Err(Error::OtherParameters { number });
        }
        let begin = Instant::now();
        while let Err(error) = control.run(layout::START_USER_RECOVERY, number, 0, 0) {
            if error.errno() != Some(Errno::BUSY.raw_os_error()) || begin.elapsed() > RECOVERY_LIMIT
            {
                return Err(error);
            }
            thread::sleep(RECOVERY_INTERVAL);
        }
        Ok(Self {
            control,
            dev: duplicate(dev)?,
            number,
            parameters: *parameters,
            start: layout::END_USER_RECOVERY,
        })
    }

    /// The device is /dev/ublkb followed by this number.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Opens the queue, on the thread that serves it, and has the driver fetch requests for it.
    pub fn open_queue(&self) -> Result<Queue, Error> {
        Queue::open(self.dev.as_fd(), self.number, &self.parameters)
    }

    /// Makes the device appear, or continue after [`Device::recover`].
    ///
    /// Blocks until the queue is open, and while the kernel reads partition tables: another thread has to serve the queue meanwhile.
    pub fn start(&mut self) -> Result<(), Error> {
        self.control
            .run(self.start, self.number, 0, pid().unsigned_abs().into())
    }

    /// Removes the device.
    ///
    /// Blocks until the requests in progress are completed, the queue is dropped, and nobody has the block device open. Another thread has to
    /// do the first two; its [`Queue::wait`] reports that the device was stopped.
    pub fn remove(mut self) -> Result<(), Error> {
        self.control.run(layout::STOP_DEV, self.number, 0, 0)?;
        self.control.run(layout::DEL_DEV, self.number, 0, 0)
    }
}

/// /dev/ublk-control, and the ring for its commands.
struct Control {
    ring: Ring<ControlPayload>,
    fd: OwnedFd,
    /// What a command points to.
    argument: Memory,
}

impl Control {
    fn open(dev: BorrowedFd<'_>) -> Result<Self, Error> {
        let fd = open(dev, "ublk-control").map_err(Error::failed(CONTROL, "open"))?;
        let ring = Ring::new(1, IoringSetupFlags::empty())
            .map_err(Error::failed(CONTROL, "io_uring_setup"))?;
        let argument =
            Memory::allocate(size_of::<DeviceInfo>()).map_err(Error::failed(CONTROL, "mmap"))?;
        Ok(Self { ring, fd, argument })
    }

    /// Runs a command that reads or writes a struct.
    fn exchange<T: Plain>(
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
    fn run(&mut self, command: Command, number: u32, length: u16, data: u64) -> Result<(), Error> {
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

fn duplicate(dev: BorrowedFd<'_>) -> Result<OwnedFd, Error> {
    rustix::io::fcntl_dupfd_cloexec(dev, 0).map_err(Error::failed("/dev", "fcntl"))
}

fn pid() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: Parameters = Parameters {
        size: 1 << 20,
        block_size: 4096,
        queue_depth: 16,
        max_io: 65536,
    };

    #[test]
    fn describes_sectors_of_512_bytes() {
        let basic = VALID.to_basic();
        assert_eq!(
            (
                basic.sectors,
                basic.max_sectors,
                basic.logical_block_shift,
                basic.optimal_io_shift
            ),
            (2048, 128, 12, 16)
        );
        assert_eq!((basic.length, basic.types, basic.attributes), (40, 1, 1));
    }

    #[test]
    fn rejects_parameters_that_the_driver_rejects() {
        assert!(VALID.validate().is_ok());
        for (parameters, expected) in [
            (Parameters { size: 0, ..VALID }, "a size"),
            (
                Parameters {
                    size: 4097,
                    ..VALID
                },
                "a size",
            ),
            (
                Parameters {
                    block_size: 0,
                    ..VALID
                },
                "a block size",
            ),
            (
                Parameters {
                    block_size: 8192,
                    ..VALID
                },
                "a block size",
            ),
            (
                Parameters {
                    block_size: 1000,
                    ..VALID
                },
                "a block size",
            ),
            (
                Parameters {
                    queue_depth: 0,
                    ..VALID
                },
                "a queue depth",
            ),
            (
                Parameters {
                    queue_depth: 4097,
                    ..VALID
                },
                "a queue depth",
            ),
            (
                Parameters {
                    max_io: 2048,
                    ..VALID
                },
                "requests",
            ),
            (
                Parameters {
                    max_io: 12288,
                    ..VALID
                },
                "requests",
            ),
        ] {
            let message = parameters.validate().unwrap_err().to_string();
            assert!(message.contains(expected), "{parameters:?}: {message}");
        }
    }

    #[test]
    fn names_the_module_without_the_driver() {
        let empty = std::fs::File::open("/proc/self/fdinfo").unwrap();
        let error = Device::add(empty.as_fd(), &VALID)
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.contains("/dev/ublk-control: open: ")
                && error.contains("; load the module ublk_drv"),
            "{error}"
        );
    }
}
