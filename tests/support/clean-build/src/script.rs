//! Scripts that replace programs in tests.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Error, run};

/// Writes an executable file, and two others beside it. Another program does it: a process that another thread starts meanwhile would
/// inherit the open file for a moment, in which execve(2) fails with "Text file busy".
///
/// # Errors
/// The file cannot be written.
pub fn write_script(path: &Path, text: &str) -> Result<(), Error> {
    let source = path.with_extension("text");
    fs::write(&source, text).map_err(Error::file(&source))?;
    let mut install = Command::new("install");
    install.args(["-m", "755"]).arg(&source).arg(path);
    run(install, &path.with_extension("log"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn writes_while_other_threads_start_programs() {
        let directory = tempfile::tempdir().unwrap();
        let write_and_run = |number: usize| {
            let script = directory.path().join(format!("script-{number}"));
            for _ in 0..50 {
                write_script(&script, "#!/bin/sh\nexit 3\n").unwrap();
                let status = Command::new(&script).status().unwrap();
                assert_eq!(status.code(), Some(3));
            }
        };
        thread::scope(|scope| {
            for number in 0..4 {
                scope.spawn(move || write_and_run(number));
            }
        });
    }
}
