//! Tests of the crate ublk: `ublk-tests` runs them as init of a VM whose kernel has the driver, and powers the machine off.
//!
//! `ublk-tests serve hold N`, `recover NUMBER hold N` and `serve fail FROM` are the servers that it starts.

mod child;
mod pattern;
mod reader;
mod server;

use std::fs::OpenOptions;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use child::Server;
use reader::{Load, READERS};
use rustix::system::{RebootCommand, reboot};
use server::{Behavior, PARAMETERS, serve};

/// How often a server is killed.
const KILLS: usize = 5;
/// A server that never holds requests.
const NEVER: &str = "1000000000";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve", "hold", after] => serve(
            None,
            Behavior::Hold {
                after: after.parse()?,
            },
        ),
        ["serve", "fail", from] => serve(
            None,
            Behavior::Fail {
                from: from.parse()?,
            },
        ),
        ["recover", number, "hold", after] => serve(
            Some(number.parse()?),
            Behavior::Hold {
                after: after.parse()?,
            },
        ),
        [] if std::process::id() == 1 => {
            match test_all() {
                Ok(()) => println!("ublk-tests: all passed"),
                Err(error) => println!("ublk-tests: failed: {error:#}"),
            }
            Ok(reboot(RebootCommand::PowerOff)?)
        }
        _ => bail!("usage: see src/main.rs"),
    }
}

type Test = fn() -> anyhow::Result<()>;

fn test_all() -> anyhow::Result<()> {
    let tests: [(&str, Test); 4] = [
        ("reads all data", reads_all_data),
        ("reports errors to the reader", reports_errors_to_the_reader),
        ("survives killed servers", survives_killed_servers),
        ("rejects what does not fit", rejects_what_does_not_fit),
    ];
    for (name, test) in tests {
        let begin = Instant::now();
        test().context(name)?;
        println!(
            "ublk-tests: {name}: passed in {:.1} s",
            begin.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

/// Starts a server for a new device; returns it with the device's path and number.
fn start(arguments: &[&str]) -> anyhow::Result<(Server, String, String)> {
    let mut server = Server::spawn(arguments)?;
    let number = server.expect("started ")?;
    Ok((server, format!("/dev/ublkb{number}"), number))
}

fn reads_all_data() -> anyhow::Result<()> {
    let (mut server, path, _) = start(&["serve", "hold", NEVER])?;
    for reader in READERS {
        let begin = Instant::now();
        reader.read_all(&path)?;
        println!(
            "ublk-tests: {reader:?}: {:.1} MB/s",
            pattern::SIZE as f64 / 1e6 / begin.elapsed().as_secs_f64()
        );
    }
    let results = thread::scope(|scope| {
        let path = &path;
        let threads = READERS.map(|reader| scope.spawn(move || reader.read_all(path)));
        threads.map(|thread| thread.join().unwrap_or_else(|_| bail!("reader: panicked")))
    });
    results.into_iter().collect::<anyhow::Result<()>>()?;

    // The kernel lets a read-only device be opened for writing, and rejects each write.
    let file = OpenOptions::new().write(true).open(&path)?;
    let error = file
        .write_at(&[0; 4096], 0)
        .err()
        .context("the device accepts a write")?;
    ensure!(
        error.kind() == std::io::ErrorKind::PermissionDenied,
        "write: {error}"
    );
    // The removal waits for it.
    drop(file);

    server.send("wake")?;
    server.expect("woken")?;
    server.remove()?;
    ensure!(
        !Path::new(&path).exists(),
        "{path}: exists after the removal"
    );
    Ok(())
}

fn reports_errors_to_the_reader() -> anyhow::Result<()> {
    const FROM: u64 = 1 << 20;
    let (server, path, _) = start(&["serve", "fail", &FROM.to_string()])?;
    for reader in READERS {
        let error = reader
            .read_all(&path)
            .err()
            .with_context(|| format!("{reader:?}: no error"))?;
        let cause = error
            .root_cause()
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::raw_os_error);
        ensure!(cause == Some(5), "{error:#}: expected errno 5 (EIO)");
    }
    server.remove()
}

/// The outstanding requests of a killed server reach the next one.
fn survives_killed_servers() -> anyhow::Result<()> {
    const HOLD_AFTER: &str = "200";
    let (mut server, path, number) = start(&["serve", "hold", HOLD_AFTER])?;
    let load = Load::start(&path);
    for kill in 1..=KILLS {
        server.expect("holding")?;
        let reads = load.reads();
        server.kill()?;
        let begin = Instant::now();
        let after = if kill == KILLS { NEVER } else { HOLD_AFTER };
        server = Server::spawn(&["recover", &number, "hold", after])?;
        server.expect("started")?;
        println!(
            "ublk-tests: kill {kill} after {reads} reads, recovered in {:.2} s",
            begin.elapsed().as_secs_f64()
        );
    }
    load.finish(500)?;
    server.remove()
}

fn rejects_what_does_not_fit() -> anyhow::Result<()> {
    let dev = std::fs::File::open("/dev")?;
    let error = ublk::Device::recover(dev.as_fd(), 99, &PARAMETERS)
        .err()
        .context("recovered a missing device")?;
    ensure!(
        error
            .to_string()
            .starts_with("/dev/ublkc99: GET_DEV_INFO: No such device"),
        "{error}"
    );

    let (server, _, number) = start(&["serve", "hold", NEVER])?;
    for parameters in [
        ublk::Parameters {
            size: PARAMETERS.size - 4096,
            ..PARAMETERS
        },
        ublk::Parameters {
            queue_depth: PARAMETERS.queue_depth / 2,
            ..PARAMETERS
        },
    ] {
        let error = ublk::Device::recover(dev.as_fd(), number.parse()?, &parameters).err();
        let error = error.with_context(|| format!("recovered with {parameters:?}"))?;
        ensure!(
            error
                .to_string()
                .contains("the device has other parameters"),
            "{error}"
        );
    }
    server.remove()
}
