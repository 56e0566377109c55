//! An edit that changes a program's bytes.

use std::fs;

use crate::{Error, Place};

/// Where a statement goes in.
const MAIN: &str = "fn main() -> ExitCode {\n";

/// One that changes the program's bytes, however it is optimized.
const STATEMENT: &str = "    std::hint::black_box(\"an edit, to see what it rebuilds\");\n";

impl Place {
    /// Puts a statement into the `main` of a Rust file of the checkout.
    ///
    /// # Errors
    /// The file cannot be read or written, or has no such `main`.
    pub fn edit_main(&self, file: &str) -> Result<(), Error> {
        let path = self.checkout().join(file);
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let edited = text.replacen(MAIN, &format!("{MAIN}{STATEMENT}"), 1);
        if edited == text {
            return Err(Error::NoMain { path, line: MAIN });
        }
        fs::write(&path, edited).map_err(Error::file(path))
    }
}
