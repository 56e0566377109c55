//! Runs a machine that measures by itself.

use std::time::Duration;

use vm_test::{Event, VmConfig};

/// What the machine prints until it ends, has printed `failure` and the rest of its line, or `deadline` has passed.
pub fn output(config: &VmConfig, failure: &str, deadline: Duration) -> anyhow::Result<String> {
    let mut vm = config.start(deadline)?;
    let mut output = Vec::new();
    while let Event::Output(bytes) = vm.next_event()? {
        output.extend(bytes);
        if has_line(&String::from_utf8_lossy(&output), failure) {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&output).into_owned())
}

/// Whether a line with `text` is complete.
fn has_line(output: &str, text: &str) -> bool {
    output
        .split_once(text)
        .is_some_and(|(_, rest)| rest.contains('\n'))
}

#[cfg(test)]
mod tests {
    use super::has_line;

    #[test]
    fn waits_for_the_end_of_the_line() {
        assert!(has_line("[ 1.0] a failed: cause\r\n", "a failed"));
        assert!(!has_line("[ 1.0] a failed: cau", "a failed"));
        assert!(!has_line("a started\n", "a failed"));
    }
}
