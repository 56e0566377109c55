//! The command line of stage0 as an ordinary process: `--version`, `--identify` and `--help`.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use stage0_settings::{Setting, TABLE};

use crate::identity;

const USAGE: &str = "Usage: fastboop-stage0 [--version | --identify | --help]";

/// The response to a command line.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    text: String,
    is_usage_error: bool,
}

/// Whether the command line is a complete, valid one, with at least one argument.
pub fn is_request(arguments: &[OsString]) -> bool {
    !arguments.is_empty() && !respond(arguments).is_usage_error
}

/// Returns the response to a command line.
pub fn respond(arguments: &[OsString]) -> Response {
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_str()).collect();
    let text = match arguments[..] {
        [] | [Some("--version")] => identity::VERSION_LINE.to_owned(),
        [Some("--identify")] => identity::JSON.to_owned(),
        [Some("--help")] => help(),
        _ => {
            return Response {
                text: format!("error: unrecognized arguments; {USAGE}"),
                is_usage_error: true,
            };
        }
    };
    Response {
        text,
        is_usage_error: false,
    }
}

fn help() -> String {
    format!(
        "{line}

The program that fastboop boots a device with. It does its work as PID 1, the
/init of an initramfs; as an ordinary process it only identifies itself.

{USAGE}

  --version   print one human-readable line; the default
  --identify  print one JSON object
  --help      print this help

As PID 1 it is configured by files under /etc/stage0/, one setting per file, and
by stage0.<setting>=<value> on the kernel command line, which takes precedence:
{settings}",
        line = identity::VERSION_LINE,
        settings = settings_help()
    )
}

fn settings_help() -> String {
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

impl Response {
    /// Prints the response to standard output, or to standard error if it is a usage error.
    ///
    /// Returns exit code 0, or 2 for a usage error, or 1 if standard output cannot be written.
    pub fn print(&self) -> ExitCode {
        let line = format!("{}\n", self.text);
        if self.is_usage_error {
            let _ = io::stderr().write_all(line.as_bytes());
            return ExitCode::from(2);
        }
        match io::stdout().write_all(line.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            // The reader has what it needs, as in `… | head -n 1`.
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

    fn os_strings(arguments: &[&str]) -> Vec<OsString> {
        arguments.iter().map(OsString::from).collect()
    }

    fn response(arguments: &[&str]) -> Response {
        respond(&os_strings(arguments))
    }

    #[test]
    fn responds_to_each_option() {
        assert_eq!(response(&[]).text, identity::VERSION_LINE);
        assert_eq!(response(&["--version"]).text, identity::VERSION_LINE);
        assert_eq!(response(&["--identify"]).text, identity::JSON);
        assert!(response(&["--help"]).text.contains("PID 1"));
    }

    #[test]
    fn reports_usage_for_other_arguments() {
        for arguments in [&["-v"][..], &["--version", "--help"], &[""], &["identify"]] {
            let response = response(arguments);
            assert!(response.is_usage_error, "{arguments:?}");
            assert!(response.text.contains(USAGE), "{arguments:?}");
        }
    }

    #[test]
    fn only_a_complete_option_is_a_request() {
        assert!(is_request(&os_strings(&["--identify"])));
        assert!(!is_request(&[]));
        let from_boot_loader = os_strings(&["single"]);
        assert!(!is_request(&from_boot_loader));
        assert!(!is_request(&os_strings(&["single", "--version"])));
    }
}
