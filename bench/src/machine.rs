//! Runs a machine that measures by itself.

use std::time::Duration;

use vm_test::{Event, Transcript, VmConfig};

/// What the machine prints until it ends, a line contains one of the texts `failures`, or `deadline` has passed.
pub fn output(config: &VmConfig, failures: &[&str], deadline: Duration) -> anyhow::Result<String> {
    let mut vm = config.start(deadline)?;
    let mut transcript = Transcript::new(Vec::new(), failures.to_vec());
    let mut output = Vec::new();
    while let Event::Output(bytes) = vm.next_event()? {
        output.extend_from_slice(&bytes);
        if transcript.add(&bytes).is_err() {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&output).into_owned())
}
