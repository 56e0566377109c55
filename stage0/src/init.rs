//! What stage0 does as PID 1, in order:
//!
//! 1. mount proc, sysfs, devtmpfs and /run;
//! 2. read the settings;
//! 3. load kernel modules;
//! 4. find the root's block device, or wait for it, or for a host that serves it over USB;
//! 5. mount it read-only, under an overlay;
//! 6. find the init in it;
//! 7. write the machine ID as a credential for it;
//! 8. switch root, and execute init.

use std::convert::Infallible;
use std::panic;
use std::path::Path;

use stage0_settings::RootDevice;

use crate::console::{Level, log};
use crate::failure::{self, Failure};
use crate::settings::LoadedSettings;
use crate::{
    device, identity, init_program, machine_id, modules, mounts, root, switch_root, usb_root,
};

/// Boots the system, or reports why that failed. Never returns.
pub fn run() -> ! {
    // A bug is handled like any other failure. Without this hook PID 1 would exit, and the output of
    // the kernel's panic would push the message off the screen.
    panic::set_hook(Box::new(|bug| Failure::new("panic", bug).handle()));
    match start() {
        Ok(never) => match never {},
        Err(failure) => failure.handle(),
    }
}

fn start() -> Result<Infallible, Failure> {
    let mounted = mounts::mount_all();
    log(Level::Info, identity::VERSION_LINE);
    // Read even if a mount failed: the setting `on_error` applies to that failure too.
    let LoadedSettings { settings, warnings } =
        LoadedSettings::read(Path::new("/etc/stage0"), Path::new("/proc/cmdline"));
    failure::set_action(settings.on_error);
    for warning in warnings {
        log(Level::Warning, &warning);
    }
    mounted?;

    modules::load_all(&settings.modules)?;
    let root = settings.root.as_ref().ok_or_else(|| {
        Failure::new(
            "root",
            // The path must not be at the end: the next string constant in the binary may begin with a
            // slash, and stage0-preflight would take both together for a path of the build machine.
            "no root is configured; write the file /etc/stage0/root \
             or set stage0.root= on the kernel command line",
        )
    })?;
    let device = match root {
        RootDevice::Usb => usb_root::wait_for(&settings)?,
        root => device::wait_for(root, settings.timeout)?,
    };
    root::mount_all(&device, &settings)?;
    let new_root = Path::new(root::NEW_ROOT);
    let init = init_program::find_init(new_root, &settings)?;
    if let Some(serial) = &settings.serial {
        machine_id::write_credential(serial)?;
    }
    switch_root::switch(new_root, init)
}
