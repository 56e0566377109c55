//! Signals that do nothing but interrupt a system call, so that a server can abort a transfer of a thread.

use std::ffi::c_int;
use std::io;

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// Handles the signal: it interrupts blocking system calls, which fail with `EINTR`, of the threads that do not block it.
///
/// # Errors
///
/// The signal cannot be handled, such as `SIGKILL`.
pub fn handle_signal(signal: Signal) -> io::Result<()> {
    extern "C" fn do_nothing(_: c_int) {}
    let action = SigAction::new(
        SigHandler::Handler(do_nothing),
        SaFlags::empty(),
        SigSet::empty(),
    );
    // SAFETY: the handler does nothing, which is async-signal-safe.
    unsafe { sigaction(signal, &action)? };
    Ok(())
}
