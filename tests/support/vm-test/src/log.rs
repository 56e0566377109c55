//! The logs of a test.

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

/// The environment variable with the directory of a test's undeclared outputs.
pub const OUTPUTS: &str = "TEST_UNDECLARED_OUTPUTS_DIR";

/// Copies the console to standard output and to serial.log, and the output of a client to client.log.
pub struct Log {
    file: Option<File>,
}

impl Log {
    pub fn new() -> Result<Self, String> {
        let file = create_log("serial.log")?;
        Ok(Log { file })
    }

    pub fn write_client(&mut self, command: &str, output: &[u8]) -> Result<(), String> {
        let command = format!("$ {command}\n");
        let text = [command.as_bytes(), output].concat();
        let report = |error| format!("client.log: {error}");
        if let Some(mut file) = create_log("client.log")? {
            file.write_all(&text).map_err(report)?;
        }
        self.write(b"\nvm-test: output of the client:\n")?;
        self.write(&text)
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut write = || {
            io::stdout().write_all(bytes)?;
            self.file
                .as_mut()
                .map_or(Ok(()), |file| file.write_all(bytes))
        };
        write().map_err(|error| format!("cannot write the console's output: {error}"))
    }
}

/// Creates a file among the test's undeclared outputs, if there are any.
fn create_log(name: &str) -> Result<Option<File>, String> {
    let directory = env::var_os(OUTPUTS);
    let path = directory.map(|directory| PathBuf::from(directory).join(name));
    let create =
        |path: PathBuf| File::create(&path).map_err(|error| format!("{}: {error}", path.display()));
    path.map(create).transpose()
}
