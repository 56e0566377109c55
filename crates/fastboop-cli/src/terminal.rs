//! What is not for terminals.

use std::io::{self, IsTerminal};

use anyhow::ensure;

/// Fails where standard output is a terminal, as binary data is not for one.
pub fn refuse_stdout() -> anyhow::Result<()> {
    ensure!(
        !io::stdout().is_terminal(),
        "not writing binary data to a terminal; name a file with -o, or pipe it into a program"
    );
    Ok(())
}
