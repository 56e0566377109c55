//! Runs a machine that measures by itself.

use std::time::Duration;

use vm_test::{Event, VmConfig};

/// What the machine prints until it ends, or `deadline` has passed.
pub fn output(config: &VmConfig, deadline: Duration) -> anyhow::Result<String> {
    let mut vm = config.start(deadline)?;
    let mut output = Vec::new();
    while let Event::Output(bytes) = vm.next_event()? {
        output.extend(bytes);
    }
    Ok(String::from_utf8_lossy(&output).into_owned())
}
