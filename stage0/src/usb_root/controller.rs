//! Finds the USB device controller.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::console::{Level, log};
use crate::device::uevent::Uevents;
use crate::directory::read_names_if_exists;

const CONTROLLERS: &str = "/sys/class/udc";
const NEXT_STEP: &str = "add the module of its driver to the initramfs";

/// Waits up to `timeout` seconds for a controller, 0 forever, and returns its name: of several, the first by name.
pub fn wait_for(timeout: u32) -> Result<String, String> {
    let deadline = (timeout > 0).then(|| Instant::now() + Duration::from_secs(timeout.into()));
    let failure = |error: &dyn std::fmt::Display| format!("{CONTROLLERS}: {error}");
    // Before the first search: a controller that appears between the two must not be missed.
    let events = Uevents::subscribe().map_err(|error| failure(&error))?;
    let mut is_first = true;
    loop {
        let names =
            read_names_if_exists(Path::new(CONTROLLERS)).map_err(|error| failure(&error))?;
        if let [name, others @ ..] = &names[..] {
            if !others.is_empty() {
                let list = names.join(", ");
                log(
                    Level::Info,
                    &format!("usb: using {name} of the controllers {list}"),
                );
            }
            return Ok(name.clone());
        }
        if is_first {
            let text = format!("usb: waiting for a USB device controller; {NEXT_STEP}");
            log(Level::Info, &text);
            is_first = false;
        }
        if !events
            .wait_for("udc", deadline)
            .map_err(|error| failure(&error))?
        {
            return Err(format!(
                "{CONTROLLERS}: no USB device controller after {timeout} s; {NEXT_STEP}"
            ));
        }
    }
}
