//! Replies and downloads on boot loaders that deviate from the protocol.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::ensure;
use fastboot::{Boot, Client, Limits};
use fastboot_device::{Behaviour, Padding, UnknownVariable, UsbOptions};

use crate::naive::Naive;
use crate::phone::{LIMITS, Phone, image, name};
use crate::{Setup, Test};

pub const TESTS: &[Test] = &[
    ("downloads_and_boots", downloads_and_boots),
    ("sends_no_empty_packet", sends_no_empty_packet),
    (
        "halves_transfers_where_usbfs_lacks_memory",
        halves_transfers_where_usbfs_lacks_memory,
    ),
    (
        "joins_replies_of_several_packets",
        joins_replies_of_several_packets,
    ),
    ("a_silent_variable_is_missing", a_silent_variable_is_missing),
    (
        "discards_the_reply_to_an_earlier_program",
        discards_the_reply_to_an_earlier_program,
    ),
    (
        "a_naive_client_ends_a_download_early",
        a_naive_client_ends_a_download_early,
    ),
    (
        "a_naive_client_sends_an_empty_packet",
        a_naive_client_sends_an_empty_packet,
    ),
];

const MIB: usize = 1 << 20;

/// A boot loader that is silent for ever after a short transfer, an empty packet, or a long command.
fn strict(setup: &Setup) -> Behaviour {
    let packet = match setup.speed.as_str() {
        "full" => 64,
        "high" => 512,
        _ => 1024,
    };
    Behaviour {
        short_transfer_ends_download: Some(packet),
        is_fragile: true,
        ..Behaviour::default()
    }
}

fn boot(phone: &Phone, image: &[u8]) -> anyhow::Result<()> {
    let mut client = phone.client()?;
    let start = Instant::now();
    client.download(&mut &image[..], image.len() as u64)?;
    let rate = image.len() as f64 / 1e6 / start.elapsed().as_secs_f64();
    cli_main::note(format_args!(
        "usb-tests: {} bytes, {rate:.1} MB/s",
        image.len()
    ));
    let booted = client.boot()?;
    ensure!(matches!(booted, Boot::Accepted), "{booted:?}");
    phone.front.with_device(|device| {
        ensure!(device.downloaded == image, "other bytes arrived");
        ensure!(device.is_booted && !device.is_stuck, "not booted");
        Ok(())
    })
}

fn downloads_and_boots(setup: &Setup) -> anyhow::Result<()> {
    let phone = Phone::connect(strict(setup), &UsbOptions::default())?;
    boot(&phone, &image(8 * MIB + 77))
}

fn sends_no_empty_packet(setup: &Setup) -> anyhow::Result<()> {
    let phone = Phone::connect(strict(setup), &UsbOptions::default())?;
    // A command of 64 bytes fills a packet at full speed.
    let longest = name(&"x".repeat(57))?;
    ensure!(phone.client()?.getvar(&longest)?.is_none(), "a value");
    boot(&phone, &image(2 * MIB))?;
    phone.front.with_device(|device| {
        ensure!(!device.transfers.contains(&0), "an empty packet");
        Ok(())
    })
}

fn halves_transfers_where_usbfs_lacks_memory(setup: &Setup) -> anyhow::Result<()> {
    let parameter = "/sys/module/usbcore/parameters/usbfs_memory_mb";
    let usual = fs::read_to_string(parameter)?;
    fs::write(parameter, "1")?;
    let phone = Phone::connect(strict(setup), &UsbOptions::default())?;
    let result = boot(&phone, &image(3 * MIB + 1));
    fs::write(parameter, usual)?;
    result
}

fn joins_replies_of_several_packets(setup: &Setup) -> anyhow::Result<()> {
    let phone = Phone::plain()?;
    // Shorter where a full packet at the end of a reply is followed by nothing: that takes this long.
    let limits = Limits {
        continuation: Duration::from_millis(300),
        ..LIMITS
    };
    let mut client = Client::new(phone.client()?.into_transport(), limits, |_| {});
    // With `OKAY`, replies that fill one and four packets of full speed, and others.
    for length in [1, 59, 60, 61, 124, 252, 508, 1020] {
        let value = "v".repeat(length);
        phone.front.with_device(|device| device.set("long", &value));
        let found = client.getvar(&name("long")?)?;
        ensure!(found.as_ref() == Some(&value), "{length}: {found:?}");
    }
    phone
        .front
        .with_device(|device| device.behaviour.padding = Padding::Buffer(256));
    let product = client.getvar(&name("product")?)?;
    ensure!(product.as_deref() == Some("sdm845"), "{product:?}");
    drop(client);

    // What a single read returns.
    phone
        .front
        .with_device(|device| device.behaviour.padding = Padding::None);
    phone
        .front
        .with_device(|device| device.set("long", &"v".repeat(252)));
    let mut naive = Naive::open(phone.usb()?)?;
    naive.write(b"getvar:long")?;
    let first = naive.read()?;
    ensure!(
        (first.len() == 256) == (setup.speed != "full"),
        "{}",
        first.len()
    );
    Ok(())
}

fn a_silent_variable_is_missing(_: &Setup) -> anyhow::Result<()> {
    let behaviour = Behaviour {
        unknown_variable: UnknownVariable::Silence,
        ..Behaviour::default()
    };
    let phone = Phone::connect(behaviour, &UsbOptions::default())?;
    let limits = Limits {
        getvar: Duration::from_secs(1),
        ..LIMITS
    };
    let mut client = Client::new(phone.client()?.into_transport(), limits, |_| {});
    ensure!(client.getvar(&name("nothing")?)?.is_none(), "a value");
    let mut client = Client::new(client.into_transport(), LIMITS, |_| {});
    let product = client.getvar(&name("product")?)?;
    ensure!(product.as_deref() == Some("sdm845"), "{product:?}");
    Ok(())
}

fn discards_the_reply_to_an_earlier_program(_: &Setup) -> anyhow::Result<()> {
    let phone = Phone::plain()?;
    Naive::open(phone.usb()?)?.write(b"getvar:unlocked")?;
    let product = phone.client()?.getvar(&name("product")?)?;
    ensure!(product.as_deref() == Some("sdm845"), "{product:?}");
    Ok(())
}

fn a_naive_client_ends_a_download_early(setup: &Setup) -> anyhow::Result<()> {
    let phone = Phone::connect(strict(setup), &UsbOptions::default())?;
    let mut naive = Naive::open(phone.usb()?)?;
    naive.start_download(5000)?;
    // Not a multiple of any packet size.
    naive.write(&image(1000))?;
    ensure!(naive.is_silent()?, "an answer");
    ensure!(
        phone.front.with_device(|device| device.is_stuck),
        "not stuck"
    );
    Ok(())
}

fn a_naive_client_sends_an_empty_packet(setup: &Setup) -> anyhow::Result<()> {
    let phone = Phone::connect(strict(setup), &UsbOptions::default())?;
    let mut naive = Naive::open(phone.usb()?)?;
    naive.start_download(4096)?;
    naive.write(&image(4096))?;
    naive.write(&[])?;
    ensure!(naive.read()?.starts_with(b"OKAY"), "no OKAY");
    naive.write(b"boot")?;
    ensure!(naive.is_silent()?, "an answer");
    ensure!(
        phone.front.with_device(|device| device.is_stuck),
        "not stuck"
    );
    Ok(())
}
