//! The control side of a device.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;

use crate::control::{ANY_NUMBER, Control};
use crate::layout::{self, Command, DeviceInfo};
use crate::{Error, Parameters, Queue};

/// How long the driver may take to notice that the process that served the device has ended: up to Linux 6.14 it looks every 5 s.
const RECOVERY_LIMIT: Duration = Duration::from_secs(30);
const RECOVERY_INTERVAL: Duration = Duration::from_millis(20);

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

fn duplicate(dev: BorrowedFd<'_>) -> Result<OwnedFd, Error> {
    rustix::io::fcntl_dupfd_cloexec(dev, 0).map_err(Error::failed("/dev", "fcntl"))
}

fn pid() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_module_without_the_driver() {
        let empty = std::fs::File::open("/proc/self/fdinfo").unwrap();
        let parameters = Parameters {
            size: 1 << 20,
            block_size: 4096,
            queue_depth: 16,
            max_io: 65536,
        };
        let error = Device::add(empty.as_fd(), &parameters)
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
