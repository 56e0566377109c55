//! The root's side: PID 1 of the small root, or a service of a distribution.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use nix::sys::reboot::{RebootMode, reboot};

use crate::gadget::Image;
use crate::kmsg::log;
use crate::link::Link;
use crate::load::Load;
use crate::reference::{Reference, check_buffered};
use crate::role::Role;
use crate::wait::LONG;
use crate::{console, rates};

/// The file of `pattern`, in the image.
const DATA: &str = "usr/lib/usb-root/data";

/// Files with the numbers of processes that Debian's /etc/init.d/sendsigs does not end.
const OMITTED: &str = "/run/sendsigs.omit.d";

/// Powers the machine off.
pub fn power_off() -> ! {
    loop {
        let _: nix::Result<Infallible> = reboot(RebootMode::RB_POWER_OFF);
        thread::sleep(Duration::from_secs(1));
    }
}

/// Carries out orders until the last one powers the machine off.
pub fn run() -> anyhow::Result<()> {
    log("the root runs");
    if Role::from_parameters()? == Role::Host {
        // The host side powers the machine off.
        loop {
            thread::park();
        }
    }
    carry_out_orders(&Image::connect()?)?;
    power_off()
}

/// The same as a service of a distribution, whose init powers the machine off.
pub fn run_service() -> anyhow::Result<()> {
    carry_out_orders(&Image::root())?;
    let status = Command::new("poweroff").status().context("poweroff")?;
    if !status.success() {
        bail!("poweroff: {status}");
    }
    Ok(())
}

fn carry_out_orders(image: &Image) -> anyhow::Result<()> {
    let mut orders = Link::connect()?;
    let mut root = Root {
        device: image.device,
        data: image.top.join(DATA),
        reference: None,
        load: None,
    };
    loop {
        let order = orders.receive()?;
        if order == "power off" {
            return orders.reply(Ok("powering off".to_owned()));
        }
        let result = root.carry_out(&order);
        orders.reply(result)?;
    }
}

struct Root {
    device: &'static Path,
    data: PathBuf,
    reference: Option<Arc<Reference>>,
    load: Option<Load>,
}

impl Root {
    fn carry_out(&mut self, order: &str) -> anyhow::Result<String> {
        let device = self.device;
        let words: Vec<&str> = order.split(' ').collect();
        match (words.as_slice(), &self.reference, &self.load) {
            (["check", digest], ..) => {
                self.reference = Some(Arc::new(Reference::read(device, digest)?));
                check_buffered(device, digest)?;
                Ok("direct and buffered".to_owned())
            }
            (["load"], Some(reference), None) => {
                self.load = Some(Load::start(device, &self.data, reference)?);
                Ok("started".to_owned())
            }
            (["progress"], _, Some(load)) => {
                load.wait_for_progress(LONG)?;
                Ok("all threads".to_owned())
            }
            // sysvinit's and OpenRC's killall5 at shutdown: the host side is to be on another machine.
            (["omit", pids @ ..], ..) => {
                fs::create_dir_all(OMITTED)?;
                fs::write(Path::new(OMITTED).join("host"), pids.join(" "))?;
                Ok("omitted".to_owned())
            }
            (["write", text], ..) => {
                console::write(text)?;
                Ok("written".to_owned())
            }
            (["rates"], ..) => {
                rates::measure(device)?;
                Ok("measured".to_owned())
            }
            (["stop"], ..) => {
                let bytes = self.load.take().map_or(0, Load::stop);
                Ok(format!("{} MiB", bytes >> 20))
            }
            _ => bail!("unexpected order {order:?}"),
        }
    }
}
