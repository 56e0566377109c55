//! The kernel's messages about devices that come and go.
//!
//! Source of the format: `Documentation/ABI/testing/sysfs-uevent` and the kernel's
//! `lib/kobject_uevent.c`: `<action>@<path>`, then `KEY=value` texts, each with a NUL after it.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};

/// The group of messages that come from the kernel itself, and not from udev.
const KERNEL: u32 = 1;
/// More than the kernel's messages can have (`UEVENT_BUFFER_SIZE` and the path).
const LONGEST: usize = 8192;

/// A subscription.
pub struct Uevents {
    socket: OwnedFd,
}

impl Uevents {
    /// From now on, nothing is missed.
    pub fn subscribe() -> nix::Result<Self> {
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Datagram,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkKObjectUEvent,
        )?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, KERNEL))?;
        Ok(Uevents { socket })
    }

    /// Waits until something happened to a block device; false if nothing did by the deadline.
    pub fn wait_for_block_device(&self, deadline: Option<Instant>) -> nix::Result<bool> {
        let mut message = [0; LONGEST];
        loop {
            let mut sockets = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
            match poll(&mut sockets, time_until(deadline)) {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error),
            }
            match recv(self.socket.as_raw_fd(), &mut message, MsgFlags::empty()) {
                Ok(length) if is_block_device(message.get(..length).unwrap_or_default()) => {
                    return Ok(true);
                }
                // There were too many: one may have been about a block device.
                Err(Errno::ENOBUFS) => return Ok(true),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn time_until(deadline: Option<Instant>) -> PollTimeout {
    let Some(deadline) = deadline else {
        return PollTimeout::NONE;
    };
    // Rounded up, so that nothing ends early.
    let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_micros(999);
    PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
}

fn is_block_device(message: &[u8]) -> bool {
    message
        .split(|byte| *byte == 0)
        .any(|text| text == b"SUBSYSTEM=block")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_devices_are_told_from_others() {
        let message = b"add@/devices/x/vda\0ACTION=add\0SUBSYSTEM=block\0DEVNAME=vda\0";
        assert!(is_block_device(message));
        for other in [
            &b"add@/devices/x\0SUBSYSTEM=usb\0"[..],
            b"add@/SUBSYSTEM=block\0",
            b"SUBSYSTEM=blocks",
            b"",
        ] {
            assert!(!is_block_device(other));
        }
    }

    #[test]
    fn a_deadline_that_has_passed_leaves_no_time() {
        assert_eq!(time_until(Some(Instant::now())), PollTimeout::ZERO);
        assert_eq!(time_until(None), PollTimeout::NONE);
        let later = Instant::now() + Duration::from_secs(3600);
        assert!(time_until(Some(later)).as_millis().unwrap() > 3_000_000);
    }

    #[test]
    fn waiting_ends_at_the_deadline() {
        let events = Uevents::subscribe().unwrap();
        let passed = Instant::now();
        // An event of the host may come first, but not for ever.
        while events.wait_for_block_device(Some(passed)).unwrap() {}
    }
}
