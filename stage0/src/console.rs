//! Saying something to whoever may watch: on the console and in the kernel's log.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};

/// The console, as the kernel makes it for PID 1.
pub const CONSOLE: &str = "/dev/console";
const KMSG: &str = "/dev/kmsg";

/// How important a line is: the numbers of syslog, which `/dev/kmsg` takes too.
#[derive(Debug, Clone, Copy)]
pub enum Level {
    /// Something failed.
    Error = 3,
    /// Something is odd.
    Warning = 4,
    /// Something that is good to know.
    Info = 6,
}

/// Says one line. There is no one to report a failure to, so there is no failure.
pub fn say(level: Level, text: &str) {
    let line = line(text);
    // All in one write each, so that nothing comes in between.
    if append(CONSOLE)
        .and_then(|mut console| console.write_all(line.as_bytes()))
        .is_err()
    {
        // Before /dev is mounted; the kernel may have left an open console here.
        let _ = io::stderr().write_all(line.as_bytes());
    }
    let _ = append(KMSG).and_then(|mut kmsg| kmsg.write_all(record(level, &line).as_bytes()));
}

fn append(path: &str) -> io::Result<File> {
    OpenOptions::new().append(true).open(path)
}

/// One line whatever is in the text.
fn line(text: &str) -> String {
    format!("stage0: {}\n", text.replace(char::is_control, " "))
}

/// A record for `/dev/kmsg`, which refuses longer ones than about a thousand bytes.
fn record(level: Level, line: &str) -> String {
    const LONGEST: usize = 900;
    let mut end = line.len().min(LONGEST);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    format!("<{}>{}", level as u8, &line[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line("a\nb\x1b[2J\tc"), "stage0: a b [2J c\n");
    }

    #[test]
    fn a_record_has_a_priority_and_a_limit() {
        assert_eq!(record(Level::Error, "stage0: a\n"), "<3>stage0: a\n");
        let long = record(Level::Warning, &line(&"ä".repeat(1000)));
        assert!(long.starts_with("<4>stage0: ä"));
        assert!((890..=910).contains(&long.len()), "{}", long.len());
    }
}
