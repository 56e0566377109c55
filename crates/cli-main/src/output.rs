//! Standard output and standard error, without the panics of `println!` and `eprintln!`.

use std::fmt::Display;
use std::io::{self, Write};

use anyhow::Context;

/// The context of a failed write to standard output.
pub(crate) const WRITE_ERROR: &str = "cannot write to standard output";

/// Standard output.
///
/// Bytes written after the reader closed the pipe are discarded, so that the exit code does not
/// depend on the reader.
#[derive(Debug)]
pub struct Stdout<W = io::Stdout> {
    inner: W,
    is_closed: bool,
}

impl Stdout {
    /// Standard output of this process.
    pub fn new() -> Self {
        Stdout::with_inner(io::stdout())
    }
}

impl Default for Stdout {
    fn default() -> Self {
        Stdout::new()
    }
}

impl<W: Write> Stdout<W> {
    fn with_inner(inner: W) -> Self {
        let is_closed = false;
        Stdout { inner, is_closed }
    }

    fn discard_if_closed<T>(
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
        self.discard_if_closed(bytes.len(), |inner| inner.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.discard_if_closed((), W::flush)
    }
}

/// Writes `bytes` to standard output as they are, without a newline after them.
pub fn print(bytes: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let mut stdout = Stdout::new();
    stdout
        .write_all(bytes.as_ref())
        .and_then(|()| stdout.flush())
        .context(WRITE_ERROR)
}

/// Writes `error: <message>` to standard error, with control characters escaped and further lines indented.
pub fn error(message: impl Display) {
    note(labelled("error", message));
}

/// Writes `warning: <message>` to standard error, with control characters escaped and further lines indented.
pub fn warning(message: impl Display) {
    note(labelled("warning", message));
}

/// Further lines cannot be taken for other messages, as a file name or an image could forge them.
fn labelled(label: &str, message: impl Display) -> String {
    format!("{label}: {message}").replace('\n', "\n  ")
}

/// Writes lines to standard error, with control characters escaped. A failure is ignored: there is
/// nowhere to report it.
pub fn note(lines: impl Display) {
    let lines = lines.to_string();
    let lines: Vec<_> = lines.split('\n').map(escape).collect();
    let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
}

/// Returns `text` with escape sequences such as `\u{1b}` and `\n` in place of control characters, which
/// would have an effect on a terminal. Names of files may contain them.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if character.is_control() {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer that fails with this kind of error.
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
    fn discards_output_to_a_closed_pipe() {
        let mut stdout = Stdout::with_inner(Broken(io::ErrorKind::BrokenPipe));
        assert!(!stdout.is_closed);
        stdout.write_all(b"bytes").unwrap();
        assert!(stdout.is_closed);
        stdout.write_all(b"bytes").unwrap();
        stdout.flush().unwrap();
    }

    #[test]
    fn indents_further_lines() {
        let text = labelled("error", "a\nerror: b");
        assert_eq!(text, "error: a\n  error: b");
    }

    #[test]
    fn escapes_control_characters() {
        assert_eq!(escape("a\x1b[2Jb\nä\u{9b}"), "a\\u{1b}[2Jb\\nä\\u{9b}");
    }

    #[test]
    fn reports_other_write_errors() {
        let mut stdout = Stdout::with_inner(Broken(io::ErrorKind::StorageFull));
        assert!(stdout.write_all(b"bytes").is_err());
        assert!(stdout.flush().is_err());
        assert!(!stdout.is_closed);
    }
}
