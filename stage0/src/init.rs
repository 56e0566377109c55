//! What stage0 does as PID 1, in order:
//!
//! 1. mount proc, sysfs, devtmpfs and /run;
//! 2. read the settings;
//! 3. mount the root. This is yet to come: for now it fails here.

use std::convert::Infallible;
use std::panic;
use std::path::Path;

use crate::console::{Level, say};
use crate::failure::{self, Failure};
use crate::settings::Loaded;
use crate::{identity, mounts};

/// Starts the system, or says why it cannot. Never returns.
pub fn run() -> ! {
    // A bug is a failure like any other: said, and then acted upon. Without this the kernel would
    // panic, and what it prints then would push ours off the screen.
    panic::set_hook(Box::new(|bug| Failure::new("panic", bug).act()));
    match start() {
        Ok(never) => match never {},
        Err(failure) => failure.act(),
    }
}

fn start() -> Result<Infallible, Failure> {
    let mounted = mounts::mount_all();
    say(Level::Info, identity::LINE);
    // Read even when a mount failed: they say what is to be done about that.
    let Loaded { settings, warnings } =
        Loaded::read(Path::new("/etc/stage0"), Path::new("/proc/cmdline"));
    failure::set_action(settings.on_error);
    for warning in warnings {
        say(Level::Warning, &warning);
    }
    mounted?;

    let cause = match settings.root {
        None => "no root is configured; set stage0.root= on the kernel command line \
                 or write /etc/stage0/root"
            .to_owned(),
        Some(root) => format!(
            "{root}: this version of stage0 ({}) cannot mount a root yet; \
             use a later one",
            env!("CARGO_PKG_VERSION")
        ),
    };
    Err(Failure::new("root", cause))
}
