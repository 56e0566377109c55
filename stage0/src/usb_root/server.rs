//! The server: the block device, and the threads that transfer its data.

use std::fmt::Display;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use nix::sys::signal::{SigSet, Signal};
use ublk::{Operation, Parameters, Queue};
use usb_root_device::{Device, Limits};

use super::process::{Log, protect};
use super::report::Report;
use super::shared::{Completed, Shared};
use super::transfer::{Reader, send_requests};
use super::{Image, control, gadget};
use crate::console::Level;

/// The number of reads in progress.
const SLOTS: u8 = 16;
/// The maximum length of a read, in bytes.
const MAX_READ: u32 = 64 << 10;
/// In bytes. The default of 2 MiB would be locked in memory, for each thread.
const STACK: usize = 64 << 10;
/// The numbers of sessions of one server: a later server has others.
const SESSIONS: u32 = 32;

const EIO: i32 = nix::errno::Errno::EIO as i32;
const EROFS: i32 = nix::errno::Errno::EROFS as i32;

/// Runs until the block device is removed, or fails. `start` is the number of servers before, `image` what they served.
pub fn run(start: u32, image: Option<Image>) -> ExitCode {
    let log = Arc::new(Log::open());
    protect(&log);
    match serve(start, image, &log) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            end(&log, &error);
            ExitCode::FAILURE
        }
    }
}

fn serve(start: u32, image: Option<Image>, log: &Arc<Log>) -> Result<(), String> {
    let limits = Limits {
        slots: SLOTS,
        length: MAX_READ,
    };
    let device = Device::new(limits, u64::from(start) << SESSIONS);
    let device = match image {
        Some(image) => device.with_export(image.export),
        None => device,
    };
    // One more, for a payload that is dropped.
    let buffers = (0..=SLOTS).map(|_| vec![0; MAX_READ as usize]).collect();
    let shared = Arc::new(Shared::new(device, buffers));
    let dev = File::open("/dev").map_err(|error| format!("/dev: {error}"))?;
    start_threads(&shared, log).map_err(|error| format!("cannot start: {error}"))?;
    Report::Listening.send();

    let export = shared.wait_until(|state| state.device.export());
    let parameters = Parameters {
        size: export.size(),
        block_size: export.block_size(),
        queue_depth: SLOTS.into(),
        max_io: MAX_READ,
    };
    let device = match image {
        Some(image) => ublk::Device::recover(dev.as_fd(), image.number, &parameters),
        None => ublk::Device::add(dev.as_fd(), &parameters),
    };
    let mut device = device.map_err(|error| error.to_string())?;
    let number = device.number();
    Report::Image(Image { export, number }).send();
    let queue = device.open_queue().map_err(|error| error.to_string())?;
    shared.change(|state| state.waker = Some(queue.waker()));
    // On a thread of its own, as it waits for the queue.
    let start_log = log.clone();
    let start = move || match device.start() {
        Ok(()) => Report::Ready(number).send(),
        Err(error) => end(&start_log, &error),
    };
    spawn("start", Box::new(start)).map_err(|error| format!("cannot start: {error}"))?;
    serve_queue(queue, &shared)
}

/// Opens the endpoints, and starts a thread for each but bulk IN, which only writes to the root would use.
fn start_threads(shared: &Arc<Shared>, log: &Arc<Log>) -> io::Result<()> {
    let control = gadget::open_endpoint(0)?;
    let requests = gadget::open_endpoint(1)?;
    let reader = Reader {
        responses: gadget::open_endpoint(2)?,
        payloads: gadget::open_endpoint(4)?,
    };
    ublk::interrupt::handle_sigusr1()?;
    let (state, reader_log) = (shared.clone(), log.clone());
    let read = move || {
        // It alone: the kernel delivers the signal to this thread.
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGUSR1);
        match signals.thread_unblock() {
            Ok(()) => reader.run(&state, &reader_log),
            Err(error) => end(&reader_log, &format_args!("signals: {error}")),
        }
    };
    spawn("reader", Box::new(read))?;
    let state = shared.clone();
    spawn("sender", Box::new(move || send_requests(requests, &state)))?;
    let (state, control_log) = (shared.clone(), log.clone());
    let handle_control = move || {
        let error = control::run(control, &state, &control_log);
        end(&control_log, &format_args!("the control endpoint: {error}"));
    };
    spawn("control", Box::new(handle_control))
}

/// Ends the server after an error in one of its threads. The supervisor starts another one.
fn end(log: &Log, error: &dyn Display) {
    let error = error.to_string();
    log.write(Level::Error, &error);
    Report::Failed(error).send();
    std::process::exit(1);
}

/// Not generic, which would cost 2 KB for each thread.
fn spawn(name: &str, run: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    let builder = thread::Builder::new().name(name.to_owned());
    builder.stack_size(STACK).spawn(run).map(drop)
}

/// Takes requests of the block device, and completes them.
fn serve_queue(mut queue: Queue, shared: &Shared) -> Result<(), String> {
    let mut requests = Vec::with_capacity(SLOTS.into());
    let mut completed = Vec::with_capacity(SLOTS.into());
    loop {
        match queue.wait(&mut requests) {
            Err(error) if error.is_stopped() => return Ok(()),
            result => result.map_err(|error| error.to_string())?,
        }
        for io in &requests {
            let refusal = match io.operation {
                Operation::Read => {
                    let tag = u8::try_from(io.tag).unwrap_or(u8::MAX);
                    let is_valid =
                        shared.change(|state| state.device.begin_read(tag, io.offset, io.length));
                    (!is_valid).then_some(Err(EIO))
                }
                Operation::Flush => Some(Ok(0)),
                _ => Some(Err(EROFS)),
            };
            if let Some(result) = refusal {
                queue.complete(io.tag, result);
            }
        }
        shared.change(|state| completed.append(&mut state.completed));
        for read in completed.drain(..) {
            complete(&mut queue, read, shared);
        }
    }
}

fn complete(queue: &mut Queue, Completed { tag, result }: Completed, shared: &Shared) {
    let (data, length) = match result {
        Ok(result) => result,
        Err(errno) => return queue.complete(tag.into(), Err(errno.into())),
    };
    let range = ..length as usize;
    let target = queue.buffer(tag.into()).get_mut(range);
    let result = match target.zip(data.get(range)) {
        Some((target, data)) => {
            target.copy_from_slice(data);
            Ok(length)
        }
        // Only a bug could cause it: better an error than wrong data.
        None => Err(EIO),
    };
    queue.complete(tag.into(), result);
    shared.change(|state| state.buffers.push(data));
}
