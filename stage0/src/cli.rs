//! What is answered when stage0 is started as a normal process: who it is.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use stage0_settings::{Setting, TABLE};

use crate::identity;

const USAGE: &str = "Usage: fastboop-stage0 [--version | --identify | --help]";

/// What to print, and the exit code: 0, or 2 for what is not understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    text: String,
    understood: bool,
}

/// Is this command line a question that can be answered, and nothing else?
pub fn is_question(arguments: &[OsString]) -> bool {
    !arguments.is_empty() && to(arguments).understood
}

/// The answer to a command line.
pub fn to(arguments: &[OsString]) -> Answer {
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_str()).collect();
    let text = match arguments[..] {
        [] | [Some("--version")] => identity::LINE.to_owned(),
        [Some("--identify")] => identity::JSON.to_owned(),
        [Some("--help")] => help(),
        _ => {
            return Answer {
                text: format!("error: not understood; {USAGE}"),
                understood: false,
            };
        }
    };
    Answer {
        text,
        understood: true,
    }
}

fn help() -> String {
    format!(
        "{line}

The program that fastboop boots a device with. It does its work as PID 1, the
/init of an initramfs; as a normal process it only says what it is.

{USAGE}

  --version   one line for people; the same without any argument
  --identify  one JSON object for programs
  --help      this

As PID 1 it is configured by files under /etc/stage0/, one setting a file, and
by stage0.<setting>=<value> on the kernel command line, which comes first:
{settings}",
        line = identity::LINE,
        settings = settings()
    )
}

/// The table of the settings, for people.
fn settings() -> String {
    let mut text = String::new();
    for setting in TABLE {
        let Setting {
            key,
            values,
            default,
            meaning,
        } = setting;
        text += &format!("\n  {key}\n      {meaning}\n      {values} (default: {default})");
    }
    text
}

impl Answer {
    /// Prints it: to standard output, or to standard error when nothing was understood.
    pub fn print(&self) -> ExitCode {
        let line = format!("{}\n", self.text);
        if !self.understood {
            let _ = io::stderr().write_all(line.as_bytes());
            return ExitCode::from(2);
        }
        match io::stdout().write_all(line.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            // The reader has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                let _ = writeln!(
                    io::stderr(),
                    "error: cannot write to standard output: {error}"
                );
                ExitCode::FAILURE
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &[&str]) -> Answer {
        to(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn questions_are_answered() {
        assert_eq!(asked(&[]).text, identity::LINE);
        assert_eq!(asked(&["--version"]).text, identity::LINE);
        assert_eq!(asked(&["--identify"]).text, identity::JSON);
        assert!(asked(&["--help"]).text.contains("PID 1"));
    }

    #[test]
    fn the_rest_gets_the_usage() {
        for arguments in [&["-v"][..], &["--version", "--help"], &[""], &["identify"]] {
            let answer = asked(arguments);
            assert!(!answer.understood, "{arguments:?}");
            assert!(answer.text.contains(USAGE), "{arguments:?}");
        }
    }

    #[test]
    fn only_a_whole_question_keeps_pid_1_from_its_work() {
        let question = |arguments: &[&str]| {
            is_question(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
        };
        assert!(question(&["--identify"]));
        assert!(!question(&[]));
        assert!(!question(&["single"]), "what a boot loader may pass");
        assert!(!question(&["single", "--version"]));
    }
}
