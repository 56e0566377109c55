//! Serves a device over USB, as a gadget of this machine: needs root, Linux' FunctionFS, and a USB device controller such as `dummy_hcd`.

mod descriptors;
mod gadget;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::fs::OFlags;

use crate::Device;
use gadget::Gadget;

/// The longest command, in bytes: what a boot loader reads at a time. A longer one overflows it.
const COMMAND: usize = 64;

/// The most data that it reads at a time, in bytes.
const DATA: usize = 1 << 20;

/// What becomes of the device after it accepted to boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterBoot {
    /// It keeps running, with a boot loader that ignores everything.
    #[default]
    Stay,
    /// It leaves USB.
    Leave,
    /// It leaves USB, and the boot loader comes back.
    Return,
    /// It leaves USB, and comes back as a serial port.
    SerialPort,
}

/// How the device looks on USB.
#[derive(Clone, Debug)]
pub struct UsbOptions {
    /// The serial number.
    pub serial: String,
    /// Whether it has a serial port (CDC-ACM) besides, with bulk endpoints of its own.
    pub has_serial_port: bool,
    /// What becomes of it after it accepted to boot.
    pub after_boot: AfterBoot,
}

impl Default for UsbOptions {
    fn default() -> Self {
        UsbOptions {
            serial: "1a2b3c4d".to_owned(),
            has_serial_port: false,
            after_boot: AfterBoot::default(),
        }
    }
}

/// A device that is served over USB. Only one at a time. Dropping it disconnects it.
pub struct UsbFront {
    device: Arc<Mutex<Device>>,
    gadget: Arc<Gadget>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl UsbFront {
    /// Connects the device.
    pub fn start(device: Device, options: &UsbOptions) -> io::Result<Self> {
        let gadget = Arc::new(Gadget::create(options)?);
        let server = Server {
            input: open_endpoint(&gadget.endpoint(1))?,
            output: open_endpoint(&gadget.endpoint(2))?,
            device: Arc::new(Mutex::new(device)),
            gadget: gadget.clone(),
            after_boot: options.after_boot,
            stop: Arc::new(AtomicBool::new(false)),
        };
        gadget.connect()?;
        let (device, stop) = (server.device.clone(), server.stop.clone());
        Ok(UsbFront {
            device,
            gadget,
            stop,
            thread: Some(thread::spawn(move || server.run())),
        })
    }

    /// Calls `look` with the device.
    pub fn with_device<R>(&self, look: impl FnOnce(&mut Device) -> R) -> R {
        look(&mut self.device.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for UsbFront {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Ends the transfer in which the thread may wait.
        let _ = self.gadget.disconnect();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Does not wait until a host configures the device, but for transfers.
fn open_endpoint(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(flags);
    options.open(path)
}

struct Server {
    input: File,
    output: File,
    device: Arc<Mutex<Device>>,
    gadget: Arc<Gadget>,
    after_boot: AfterBoot,
    stop: Arc<AtomicBool>,
}

impl Server {
    fn run(mut self) {
        let mut buffer = vec![0; DATA];
        while !self.stop.load(Ordering::SeqCst) {
            let size = match self.with_device(|device| device.missing()) {
                0 => COMMAND,
                missing => missing.min(DATA),
            };
            let Ok(length) = self.output.read(&mut buffer[..size]) else {
                // No host configured the device, or none does any more.
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            let was_booted = self.with_device(|device| device.is_booted);
            self.with_device(|device| device.receive(&buffer[..length]));
            let is_sent = self.send_replies().is_ok();
            let (is_gone, is_booted) =
                self.with_device(|device| (device.is_gone, device.is_booted));
            if is_gone {
                let _ = self.gadget.disconnect();
            }
            if is_sent && is_booted && !was_booted && self.leave().is_err() {
                break;
            }
        }
    }

    fn with_device<R>(&self, look: impl FnOnce(&mut Device) -> R) -> R {
        look(&mut self.device.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns when the host has the replies.
    fn send_replies(&mut self) -> io::Result<()> {
        // The lock ends before the transfer, which lasts until the host reads.
        while let Some(reply) = self.with_device(Device::next_reply) {
            self.input.write_all(&reply)?;
        }
        Ok(())
    }

    fn leave(&self) -> io::Result<()> {
        if self.after_boot == AfterBoot::Stay {
            return Ok(());
        }
        self.gadget.disconnect()?;
        match self.after_boot {
            AfterBoot::Stay | AfterBoot::Leave => Ok(()),
            AfterBoot::Return => self.gadget.connect(),
            AfterBoot::SerialPort => {
                self.gadget.replace_with_serial_port()?;
                self.gadget.connect()
            }
        }
    }
}
