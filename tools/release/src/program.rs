//! Running other programs.

use std::env;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// Cargo: the one that runs this, if one does.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
}

/// Runs `command` to its end. What it prints goes to our standard error: our output is our own.
pub fn run(command: &mut Command) -> Result<()> {
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    let status = command.status().with_context(|| no_start(command))?;
    if !status.success() {
        bail!("{} ended with {status}; see above", shown(command));
    }
    Ok(())
}

/// Runs `command` to its end and returns what it printed.
pub fn output(command: &mut Command) -> Result<Vec<u8>> {
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let Output { status, stdout, .. } = command.output().with_context(|| no_start(command))?;
    if !status.success() {
        bail!("{} ended with {status}; see above", shown(command));
    }
    Ok(stdout)
}

/// Runs `command` and returns what it printed, as one line.
pub fn line(command: &mut Command) -> Result<String> {
    let stdout = output(command)?;
    let text = String::from_utf8(stdout)
        .with_context(|| format!("{} printed what is no UTF-8", shown(command)))?;
    Ok(text.trim_end().to_owned())
}

fn no_start(command: &Command) -> String {
    format!(
        "cannot start {}; install it, or work in the Debian root (tools/debian/run)",
        command.get_program().to_string_lossy()
    )
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command() {
        let message = run(Command::new("false").arg("x")).unwrap_err().to_string();
        assert!(message.starts_with("false x ended with"), "{message}");
        let message = line(&mut Command::new("false")).unwrap_err().to_string();
        assert!(message.starts_with("false ended with"), "{message}");
        let missing = output(&mut Command::new("/nowhere/cosign")).unwrap_err();
        let message = format!("{missing:#}");
        assert!(message.contains("/nowhere/cosign; install it"), "{message}");
    }

    #[test]
    fn a_line_has_no_end() {
        let text = line(Command::new("echo").arg("a b")).unwrap();
        assert_eq!(text, "a b");
    }
}
