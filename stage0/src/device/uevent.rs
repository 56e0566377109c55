//! The kernel's messages about devices that are added and removed.
//!
//! Source of the format: `Documentation/ABI/testing/sysfs-uevent` and the kernel's
//! `lib/kobject_uevent.c`: `<action>@<path>`, then `KEY=value` strings, each terminated by a NUL.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};

/// The multicast group of the kernel's own messages; udev sends its own to another one.
const KERNEL_GROUP: u32 = 1;
/// In bytes. The kernel's messages are shorter: `UEVENT_BUFFER_SIZE` and the path.
const MAX_MESSAGE_SIZE: usize = 8192;

/// A subscription to the kernel's uevents.
pub struct Uevents {
    socket: OwnedFd,
}

impl Uevents {
    /// Subscribes. Events from now on are queued, so none is missed.
    pub fn subscribe() -> nix::Result<Self> {
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Datagram,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkKObjectUEvent,
        )?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, KERNEL_GROUP))?;
        Ok(Uevents { socket })
    }

    /// Waits for an event about a device of `subsystem`; returns false if the deadline passes first.
    pub fn wait_for(&self, subsystem: &str, deadline: Option<Instant>) -> nix::Result<bool> {
        let mut message = [0; MAX_MESSAGE_SIZE];
        loop {
            let mut sockets = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
            match poll(&mut sockets, timeout_until(deadline)) {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error),
            }
            match recv(self.socket.as_raw_fd(), &mut message, MsgFlags::empty()) {
                Ok(length) if is_about(message.get(..length).unwrap_or_default(), subsystem) => {
                    return Ok(true);
                }
                // The queue overflowed: a lost event may have been about such a device.
                Err(Errno::ENOBUFS) => return Ok(true),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn timeout_until(deadline: Option<Instant>) -> PollTimeout {
    let Some(deadline) = deadline else {
        return PollTimeout::NONE;
    };
    // Rounded up to milliseconds, so that the wait never ends early.
    let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_micros(999);
    PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
}

fn is_about(message: &[u8], subsystem: &str) -> bool {
    message
        .split(|byte| *byte == 0)
        .any(|text| text.strip_prefix(b"SUBSYSTEM=") == Some(subsystem.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_the_subsystem() {
        let message = b"add@/devices/x/vda\0ACTION=add\0SUBSYSTEM=block\0DEVNAME=vda\0";
        assert!(is_about(message, "block"));
        for other in [
            &b"add@/devices/x\0SUBSYSTEM=usb\0"[..],
            b"add@/SUBSYSTEM=block\0",
            b"SUBSYSTEM=blocks",
            b"",
        ] {
            assert!(!is_about(other, "block"));
        }
    }

    #[test]
    fn timeout_is_zero_after_the_deadline() {
        assert_eq!(timeout_until(Some(Instant::now())), PollTimeout::ZERO);
        assert_eq!(timeout_until(None), PollTimeout::NONE);
        let later = Instant::now() + Duration::from_secs(3600);
        assert!(timeout_until(Some(later)).as_millis().unwrap() > 3_000_000);
    }

    #[test]
    fn wait_ends_at_the_deadline() {
        let events = Uevents::subscribe().unwrap();
        let passed = Instant::now();
        // Events of the host may come first, but not endlessly.
        while events.wait_for("block", Some(passed)).unwrap() {}
    }
}
