//! Standard output and standard error, without the panics of `println!`.

use std::io::{self, IsTerminal, Write};

use crate::Error;

/// Writes `bytes` to standard output.
///
/// A reader that has seen enough and closed the pipe (`fastboop … | head`) is no failure.
pub fn print(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Fails where standard output is a terminal, as binary data is not for one.
pub fn refuse_terminal() -> Result<(), Error> {
    if io::stdout().is_terminal() {
        return Err(Error::Terminal);
    }
    Ok(())
}

/// Writes one line to standard error. If that fails too there is nobody left to tell.
pub fn report(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
