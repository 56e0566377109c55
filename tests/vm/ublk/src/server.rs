//! The process that serves a device. Its standard input takes commands, a line each; its standard output reports events.

use std::fs::File;
use std::io::{BufRead, Write};
use std::os::fd::AsFd;
use std::thread;

use anyhow::{Context, bail};
use ublk::{Device, Error, Io, Operation, Parameters, Queue};

use crate::pattern;

pub const PARAMETERS: Parameters = Parameters {
    size: pattern::SIZE,
    block_size: 4096,
    queue_depth: 8,
    max_io: 64 << 10,
};

/// The errno EIO.
const EIO: i32 = 5;

/// What a server does with requests.
#[derive(Clone, Copy)]
pub enum Behavior {
    /// Serves so many, and then keeps them until it is killed; reports `holding` once it has `HELD`.
    Hold { after: usize },
    /// Fails what reaches beyond a position, in bytes.
    Fail { from: u64 },
}

/// How many requests a server keeps before it reports that.
const HELD: usize = 3;

/// Serves a new device, or an existing one.
pub fn serve(number: Option<u32>, behavior: Behavior) -> anyhow::Result<()> {
    let dev = File::open("/dev").context("/dev")?;
    let device = match number {
        None => Device::add(dev.as_fd(), &PARAMETERS)?,
        Some(number) => Device::recover(dev.as_fd(), number, &PARAMETERS)?,
    };
    let queue = device.open_queue()?;
    let waker = queue.waker();
    let control = thread::spawn(move || control(device, &waker));
    answer(queue, behavior)?;
    control
        .join()
        .map_err(|_| anyhow::anyhow!("control: the thread panicked"))?
}

/// Starts the device, and follows the commands.
fn control(mut device: Device, waker: &ublk::Waker) -> anyhow::Result<()> {
    device.start()?;
    report(&format!("started {}", device.number()))?;
    for line in std::io::stdin().lock().lines() {
        match line?.as_str() {
            "wake" => waker.wake(),
            "remove" => return Ok(device.remove()?),
            other => bail!("{other}: unknown command"),
        }
    }
    Ok(())
}

fn report(event: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{event}")?;
    Ok(output.flush()?)
}

/// Answers requests until the device is removed.
fn answer(mut queue: Queue, behavior: Behavior) -> anyhow::Result<()> {
    let mut requests = Vec::with_capacity(PARAMETERS.queue_depth.into());
    let (mut served, mut held) = (0, 0);
    loop {
        match queue.wait(&mut requests) {
            Err(Error::Stopped { .. }) => return Ok(()),
            result => result?,
        }
        if requests.is_empty() {
            report("woken")?;
        }
        for io in &requests {
            match behavior {
                Behavior::Hold { after } if served >= after => {
                    held += 1;
                    if held == HELD {
                        report("holding")?;
                    }
                }
                Behavior::Fail { from } if io.offset + u64::from(io.length) > from => {
                    queue.complete(io.tag, Err(EIO))
                }
                _ => complete(&mut queue, *io)?,
            }
            served += 1;
        }
    }
}

fn complete(queue: &mut Queue, io: Io) -> anyhow::Result<()> {
    if io.operation != Operation::Read {
        bail!("{io:?}: not a read");
    }
    let data = queue
        .buffer(io.tag)
        .get_mut(..io.length as usize)
        .context("buffer: too small")?;
    pattern::fill(data, io.offset);
    queue.complete(io.tag, Ok(io.length));
    if !queue.buffer(io.tag).is_empty() {
        bail!("{io:?}: the buffer is accessible after the completion");
    }
    Ok(())
}
