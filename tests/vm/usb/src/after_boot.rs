//! What becomes of the device after `boot`.

use anyhow::{bail, ensure};
use boot_devices::Change;
use fastboot::Boot;
use fastboot_device::{AfterBoot, Answer, Behaviour, UsbOptions};

use crate::phone::Phone;
use crate::{Setup, Test};

pub const TESTS: &[Test] = &[
    (
        "a_device_that_vanishes_is_unconfirmed",
        a_device_that_vanishes_is_unconfirmed,
    ),
    ("notices_that_the_device_left", notices_that_the_device_left),
    (
        "notices_that_the_boot_loader_came_back",
        notices_that_the_boot_loader_came_back,
    ),
    (
        "notices_that_another_gadget_appeared",
        notices_that_another_gadget_appeared,
    ),
];

fn boot(behaviour: Behaviour, after_boot: AfterBoot) -> anyhow::Result<(Boot, Change)> {
    let options = UsbOptions {
        after_boot,
        ..UsbOptions::default()
    };
    let phone = Phone::connect(behaviour, &options)?;
    let mut client = phone.client()?;
    client.download(&mut &b"image"[..], 5)?;
    let booted = client.boot()?;
    Ok((booted, phone.watch()?))
}

fn a_device_that_vanishes_is_unconfirmed(_: &Setup) -> anyhow::Result<()> {
    let behaviour = Behaviour {
        answers: vec![("boot", Answer::Vanish)],
        ..Behaviour::default()
    };
    let (booted, change) = boot(behaviour, AfterBoot::Stay)?;
    ensure!(matches!(booted, Boot::Unconfirmed(_)), "{booted:?}");
    ensure!(change == Change::Left, "{change:?}");
    Ok(())
}

fn notices_that_the_device_left(_: &Setup) -> anyhow::Result<()> {
    let (booted, change) = boot(Behaviour::default(), AfterBoot::Leave)?;
    ensure!(matches!(booted, Boot::Accepted), "{booted:?}");
    ensure!(change == Change::Left, "{change:?}");
    Ok(())
}

fn notices_that_the_boot_loader_came_back(_: &Setup) -> anyhow::Result<()> {
    let (booted, change) = boot(Behaviour::default(), AfterBoot::Return)?;
    ensure!(matches!(booted, Boot::Accepted), "{booted:?}");
    let Change::Returned(device) = change else {
        bail!("{change:?}");
    };
    ensure!(device.pid == 0xd00d, "{device:?}");
    Ok(())
}

fn notices_that_another_gadget_appeared(_: &Setup) -> anyhow::Result<()> {
    let (booted, change) = boot(Behaviour::default(), AfterBoot::SerialPort)?;
    ensure!(matches!(booted, Boot::Accepted), "{booted:?}");
    let Change::Appeared(device) = change else {
        bail!("{change:?}");
    };
    ensure!(device.pid == 0x4e11, "{device:?}");
    Ok(())
}
