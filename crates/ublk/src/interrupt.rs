//! A signal that does nothing but interrupt a system call, so that a server can abort a transfer of a thread.

use std::ffi::c_int;
use std::io;

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// Handles `SIGUSR1`: it interrupts blocking system calls of the threads that do not block it, which fail with `EINTR`.
///
/// # Errors
///
/// The kernel refuses.
pub fn handle_sigusr1() -> io::Result<()> {
    extern "C" fn do_nothing(_: c_int) {}
    let action = SigAction::new(
        SigHandler::Handler(do_nothing),
        SaFlags::empty(),
        SigSet::empty(),
    );
    // SAFETY: the handler does nothing, which is async-signal-safe.
    unsafe { sigaction(Signal::SIGUSR1, &action)? };
    Ok(())
}
