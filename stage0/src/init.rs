//! What stage0 does as PID 1, in order:
//!
//! 1. mount proc, sysfs, devtmpfs and /run;
//! 2. read the settings;
//! 3. load kernel modules;
//! 4. find the root's block device, or wait for it;
//! 5. mount it read-only, under an overlay;
//! 6. see that there is an init;
//! 7. leave the machine ID for it;
//! 8. switch root, and become init.

use std::convert::Infallible;
use std::panic;
use std::path::Path;

use crate::console::{Level, say};
use crate::failure::{self, Failure};
use crate::settings::Loaded;
use crate::{device, identity, init_program, machine_id, modules, mounts, root, switch_root};

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

    modules::load_all(&settings.modules)?;
    let root = settings.root.as_ref().ok_or_else(|| {
        Failure::new(
            "root",
            // Not with the path at the end: the next text in memory goes on with a slash, and then it
            // looks like a path of the build machine to stage0-preflight.
            "no root is configured; set stage0.root= on the kernel command line \
             or write the file /etc/stage0/root first",
        )
    })?;
    let device = device::wait_for(root, settings.timeout)?;
    root::mount_all(&device, &settings)?;
    let new_root = Path::new(root::NEW_ROOT);
    let init = init_program::find_init(new_root, &settings)?;
    if let Some(serial) = &settings.serial {
        machine_id::hand_over(serial)?;
    }
    switch_root::switch(new_root, init)
}
