//! Standard output and standard error, without the panics of `println!` and `eprintln!`.

use std::fmt::Display;
use std::io::{self, Write};

use anyhow::Context;

/// What is wrong where standard output takes no more.
pub(crate) const FAILED: &str = "cannot write to standard output";

/// Standard output.
///
/// What is written after the reader closed the pipe is discarded, so that the exit code is the
/// same whoever reads.
#[derive(Debug)]
pub struct Stdout<W = io::Stdout> {
    inner: W,
    is_closed: bool,
}

impl Stdout {
    /// Standard output of this process.
    pub fn new() -> Self {
        Stdout::over(io::stdout())
    }
}

impl Default for Stdout {
    fn default() -> Self {
        Stdout::new()
    }
}

impl<W: Write> Stdout<W> {
    fn over(inner: W) -> Self {
        let is_closed = false;
        Stdout { inner, is_closed }
    }

    fn attempt<T>(
        &mut self,
        discarded: T,
        write: impl FnOnce(&mut W) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.is_closed {
            return Ok(discarded);
        }
        match write(&mut self.inner) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(discarded)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for Stdout<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(bytes.len(), |inner| inner.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt((), W::flush)
    }
}

/// Writes `bytes` to standard output as they are, without a newline after them.
pub fn print(bytes: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let mut stdout = Stdout::new();
    stdout
        .write_all(bytes.as_ref())
        .and_then(|()| stdout.flush())
        .context(FAILED)
}

/// Writes `error: <message>` to standard error.
pub fn error(message: impl Display) {
    note(format_args!("error: {message}"));
}

/// Writes `warning: <message>` to standard error.
pub fn warning(message: impl Display) {
    note(format_args!("warning: {message}"));
}

/// Writes one line to standard error. Nobody is left to read about it where that fails.
pub fn note(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails with `kind`.
    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn output_to_a_closed_pipe_is_discarded() {
        let mut stdout = Stdout::over(Broken(io::ErrorKind::BrokenPipe));
        assert!(!stdout.is_closed);
        stdout.write_all(b"bytes").unwrap();
        assert!(stdout.is_closed);
        stdout.write_all(b"bytes").unwrap();
        stdout.flush().unwrap();
    }

    #[test]
    fn any_other_failure_is_reported() {
        let mut stdout = Stdout::over(Broken(io::ErrorKind::StorageFull));
        assert!(stdout.write_all(b"bytes").is_err());
        assert!(stdout.flush().is_err());
        assert!(!stdout.is_closed);
    }
}
