//! Runs other programs.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A command that runs Cargo: the one that started this program, if any.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
}

/// Runs `command` and waits for it. Its output goes to our standard error, as our standard output is
/// the result.
pub fn run(command: &mut Command) -> Result<()> {
    output(command.stdout(std::io::stderr())).map(drop)
}

/// Runs `command` and returns its standard output without trailing white space.
pub fn text_output(command: &mut Command) -> Result<String> {
    let stdout = output(command.stdout(Stdio::piped()))?;
    let text = String::from_utf8(stdout);
    let text =
        text.with_context(|| format!("{}: its output is not UTF-8", command_line(command)))?;
    Ok(text.trim_end().to_owned())
}

/// Runs `command` and returns its standard output, unless that is redirected.
pub fn output(command: &mut Command) -> Result<Vec<u8>> {
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().with_context(|| cannot_start(command))?;
    ensure!(
        output.status.success(),
        "{}: failed: {}; see above",
        command_line(command),
        output.status
    );
    Ok(output.stdout)
}

/// The error message for a command that does not start.
pub fn cannot_start(command: &Command) -> String {
    format!(
        "{}: cannot start; install it, or work in the Debian root (tools/debian/run)",
        command.get_program().to_string_lossy()
    )
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_command_that_failed() {
        let message = run(Command::new("false").arg("x")).unwrap_err().to_string();
        assert!(message.starts_with("false x: failed: exit"), "{message}");
        let message = text_output(&mut Command::new("false"))
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("false: failed: exit"), "{message}");
        let missing = output(&mut Command::new("/nowhere/cosign")).unwrap_err();
        let message = format!("{missing:#}");
        assert!(
            message.contains("/nowhere/cosign: cannot start; install"),
            "{message}"
        );
    }

    #[test]
    fn text_output_trims_the_end() {
        let text = text_output(Command::new("echo").arg("a b")).unwrap();
        assert_eq!(text, "a b");
    }
}
