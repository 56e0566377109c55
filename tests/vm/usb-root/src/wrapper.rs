//! PID 1 of the initramfs: starts the host side, and becomes stage0.

use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use nix::mount::{MsFlags, mount};

use crate::smoo_gadget;

/// Where the initramfs has the program under this name, and what else the host side needs.
pub const DIRECTORY: &str = "/usr/lib/usb-root";
pub const NAME: &str = "wrapper";

/// How `ps` shows the processes of the host side.
pub const HOST_NAME: &str = "@host";

const STAGE0: &str = "/init";

/// Returns only on error.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let program = Path::new(DIRECTORY).join(NAME);
    let mut command = Command::new(program);
    // systemd ends no process with such a name at shutdown: this one is to be on another machine.
    command
        .arg0(HOST_NAME)
        .arg("host-side")
        .stdout(Stdio::piped());
    let mut child = command.spawn().context("the host side")?;
    let mut ready = String::new();
    let output = child.stdout.take().context("no output")?;
    output.take(6).read_to_string(&mut ready)?;
    ensure!(ready == "ready\n", "the host side did not start");
    keep_gadget()?;
    Err(Command::new(STAGE0).args(arguments).exec()).context(STAGE0)
}

/// Puts smoo's gadget, if the initramfs has it, into /run, which stage0 moves into the root.
fn keep_gadget() -> anyhow::Result<()> {
    let gadget = Path::new(DIRECTORY).join("smoo-gadget");
    if !gadget.exists() {
        return Ok(());
    }
    let none = None::<&str>;
    fs::create_dir_all("/run")?;
    mount(Some("tmpfs"), "/run", Some("tmpfs"), MsFlags::empty(), none).context("/run")?;
    fs::copy(&gadget, smoo_gadget::PROGRAM)?;
    Ok(())
}
