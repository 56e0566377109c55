//! Deadlines of sockets.

use std::io;
use std::time::{Duration, Instant};

use fastboot::TransportError;

/// Returns the time until a deadline, which is not zero: that would stand for no limit in std.
pub fn left(deadline: Instant) -> Result<Duration, TransportError> {
    let left = deadline.saturating_duration_since(Instant::now());
    match left.is_zero() {
        true => Err(TransportError::Timeout),
        false => Ok(left),
    }
}

/// Whether a socket reports that the time is over.
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// Names the cause of an error of a socket.
pub fn cause(error: io::Error) -> TransportError {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof,
    };
    match error.kind() {
        _ if is_timeout(&error) => TransportError::Timeout,
        BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof => {
            TransportError::Disconnected
        }
        _ => TransportError::Io(error),
    }
}
