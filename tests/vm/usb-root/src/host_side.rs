//! The host side, as on another machine: with mounts and a root directory of its own, which stage0 neither sees nor deletes.

use std::fs;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use crate::faults::{self, Setup};
use crate::host::Host;
use crate::link::Listener;
use crate::role::Role;
use crate::wait::{LONG, wait_for};
use crate::{cable, console, disk, init, kmsg, memory, parameters, usbip, wrapper};

/// How long measurements may take.
const RATES: Duration = Duration::from_secs(1800);

/// Its root directory, as the initramfs sees it.
const ROOT: &str = "/host";

/// The image, which stage0's modules make available.
pub const IMAGE: &str = "/dev/vda";

/// Moves into a root directory of its own, and executes itself there.
pub fn enter() -> anyhow::Result<()> {
    let none = None::<&str>;
    unshare(CloneFlags::CLONE_NEWNS).context("unshare")?;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(none, "/", none, private, none).context("/")?;
    fs::create_dir(ROOT)?;
    mount(Some("tmpfs"), ROOT, Some("tmpfs"), MsFlags::empty(), none).context(ROOT)?;
    for (name, kind) in [("dev", "devtmpfs"), ("proc", "proc"), ("sys", "sysfs")] {
        let path = Path::new(ROOT).join(name);
        fs::create_dir(&path)?;
        mount(Some(kind), &path, Some(kind), MsFlags::empty(), none).context(kind)?;
    }
    for entry in fs::read_dir(wrapper::DIRECTORY)? {
        let entry = entry?;
        fs::copy(entry.path(), Path::new(ROOT).join(entry.file_name()))?;
    }
    fs::create_dir(Path::new(ROOT).join("tmp"))?;
    // As switch_root(8) does it. On a directory of the initramfs, the kernel would detach it when stage0 deletes that.
    std::env::set_current_dir(ROOT)?;
    mount(Some("."), "/", none, MsFlags::MS_MOVE, none).context("/")?;
    nix::unistd::chroot(".").context(ROOT)?;
    std::env::set_current_dir("/")?;
    let program = Path::new("/").join(wrapper::NAME);
    Err(Command::new(program)
        .arg0(wrapper::HOST_NAME)
        .arg("serve")
        .exec())
    .context("the host side")
}

/// Runs the test that `usb_root.run=` names.
pub fn run() -> anyhow::Result<()> {
    let role = Role::from_parameters()?;
    memory::protect()?;
    std::io::stdout().write_all(b"ready\n")?;
    match role {
        Role::Device => return usbip::export(),
        Role::Host => usbip::set_up_host()?,
        Role::Both => {}
    }
    let listener = Listener::new(role)?;
    let name = parameters::get("run", "read")?;
    wait_for(IMAGE, LONG, || Ok(File::open(IMAGE).ok()))?;
    let mut host = Host::from_parameters()?;
    host.start(Path::new(IMAGE))?;
    if role == Role::Host {
        cable::set_connected(true)?;
    }
    let began = Instant::now();
    let root = listener.accept()?;
    let seconds = began.elapsed().as_secs_f32();
    kmsg::log(format_args!("the root runs {seconds:.1} s after the host"));
    let digest = disk::digest(&mut File::open(IMAGE)?, |_| {})?;
    let mut setup = Setup { host, root, digest };
    setup.check()?;
    match name.as_str() {
        "read" => {}
        "faults" => faults::run(&mut setup, faults::ALL)?,
        "restarts" => faults::run(&mut setup, faults::RESTARTS)?,
        "pulls" => faults::run(&mut setup, faults::PULLS)?,
        "console" => console::check(&mut setup.root)?,
        "rates" => {
            setup.root.order("rates", RATES)?;
        }
        _ => bail!("usb_root.run={name}: unrecognized value"),
    }
    let processes = setup.host.processes();
    setup.root.order(&format!("omit {processes}"), LONG)?;
    kmsg::log("all passed");
    setup.root.order("power off", LONG)?;
    if role == Role::Host {
        init::power_off();
    }
    setup.host.serve_forever()
}
