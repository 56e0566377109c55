//! Logging to the console and to the kernel's log.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::process::Command;

/// The console, as the kernel makes it for PID 1.
const CONSOLE: &str = "/dev/console";
const KMSG: &str = "/dev/kmsg";

/// The severity of a line: syslog's levels, which `/dev/kmsg` uses too.
#[derive(Debug, Clone, Copy)]
pub enum Level {
    /// A step failed.
    Error = 3,
    /// Something was ignored that may be a mistake.
    Warning = 4,
    /// Progress.
    Info = 6,
}

/// Logs one line. Errors are ignored: there is nowhere to report them.
pub fn log(level: Level, text: &str) {
    let line = format_line(text);
    // One write each, so that no other process's output gets in between.
    if append(CONSOLE)
        .and_then(|mut console| console.write_all(line.as_bytes()))
        .is_err()
    {
        // Before /dev is mounted, standard error may still be the console, opened by the kernel.
        let _ = io::stderr().write_all(line.as_bytes());
    }
    let _ =
        append(KMSG).and_then(|mut kmsg| kmsg.write_all(format_record(level, &line).as_bytes()));
}

/// Opens the kernel's log for writing.
pub fn open_kmsg() -> io::Result<File> {
    append(KMSG)
}

/// Formats a line for the kernel's log.
pub fn format_kernel_record(level: Level, text: &str) -> String {
    format_record(level, &format_line(text))
}

/// Connects the standard streams of a program to the console, if it can be opened.
pub fn attach(command: &mut Command) {
    let console = OpenOptions::new().read(true).write(true).open(CONSOLE);
    if let Ok(console) = console {
        if let (Ok(output), Ok(error)) = (console.try_clone(), console.try_clone()) {
            command.stdin(console).stdout(output).stderr(error);
        }
    }
}

fn append(path: &str) -> io::Result<File> {
    OpenOptions::new().append(true).open(path)
}

/// Replaces control characters, so that any text is one line.
fn format_line(text: &str) -> String {
    format!("stage0: {}\n", text.replace(char::is_control, " "))
}

/// Formats a record for `/dev/kmsg`, truncated: the kernel rejects records longer than about 1000 bytes.
fn format_record(level: Level, line: &str) -> String {
    const MAX_LENGTH: usize = 900;
    let mut end = line.len().min(MAX_LENGTH);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    format!("<{}>{}", level as u8, &line[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_spaces() {
        assert_eq!(format_line("a\nb\x1b[2J\tc"), "stage0: a b [2J c\n");
    }

    #[test]
    fn records_have_a_level_and_a_maximum_length() {
        assert_eq!(format_record(Level::Error, "stage0: a\n"), "<3>stage0: a\n");
        let long = format_record(Level::Warning, &format_line(&"ä".repeat(1000)));
        assert!(long.starts_with("<4>stage0: ä"));
        assert!((890..=910).contains(&long.len()), "{}", long.len());
    }
}
