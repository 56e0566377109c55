//! Protects terminals from binary data.

use std::io::{self, IsTerminal};

use anyhow::ensure;

/// Fails if standard output is a terminal, because control characters in binary data can disturb it.
pub fn reject_terminal_stdout() -> anyhow::Result<()> {
    ensure!(
        !io::stdout().is_terminal(),
        "not writing binary data to a terminal; name a file with -o, or pipe it into a program"
    );
    Ok(())
}
