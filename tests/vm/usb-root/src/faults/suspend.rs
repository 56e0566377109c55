//! Attempts to suspend the machine.

use std::fs;

use anyhow::Context;

use super::Setup;
use crate::kmsg::log;
use crate::wait::LONG;

/// With pm_test, the kernel goes only as far as that, and wakes up by itself after 5 s: Documentation/power/basic-pm-debugging.rst.
const LEVELS: [&str; 2] = ["freezer", "devices"];

/// How long the kernel tries to freeze all processes, in milliseconds: less than its default.
const FREEZE: &str = "2000";

/// Suspends under load, which the kernel refuses, as a process that waits for a read cannot be frozen; then without load, up to suspending
/// all devices.
pub fn attempt(setup: &mut Setup, number: usize) -> anyhow::Result<()> {
    let level = LEVELS[number % LEVELS.len()];
    write("/sys/power/pm_freeze_timeout", FREEZE)?;
    write("/sys/power/pm_test", level)?;
    if number != 0 {
        setup.root.order("stop", LONG)?;
    }
    let result = write("/sys/power/state", "freeze").map_err(|error| format!("{error:#}"));
    log(format_args!("suspend up to {level}: {result:?}"));
    if number != 0 {
        setup.root.order("load", LONG)?;
    }
    Ok(())
}

fn write(path: &str, value: &str) -> anyhow::Result<()> {
    fs::write(path, value).context(path.to_owned())
}
