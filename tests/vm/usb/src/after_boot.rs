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

fn boot(behaviour: Behaviour, after_boot: AfterBoot) -> anyhow::Result<(Phone, Boot)> {
    let options = UsbOptions {
        after_boot,
        ..UsbOptions::default()
    };
    let phone = Phone::connect(behaviour, &options)?;
    let mut client = phone.client()?;
    client.download(&mut &b"image"[..], 5)?;
    let booted = client.boot()?;
    Ok((phone, booted))
}

/// Boots a device that answers before it leaves.
fn boot_confirmed(after_boot: AfterBoot) -> anyhow::Result<Phone> {
    // dummy_hcd stores replies of up to 64 bytes before the host reads them, and they would be lost.
    let reply = [&b"OKAY"[..], &[0; 96]].concat();
    let behaviour = Behaviour {
        answers: vec![("boot", Answer::Replies(vec![reply]))],
        ..Behaviour::default()
    };
    let (phone, booted) = boot(behaviour, after_boot)?;
    ensure!(matches!(booted, Boot::Accepted), "{booted:?}");
    Ok(phone)
}

fn a_device_that_vanishes_is_unconfirmed(_: &Setup) -> anyhow::Result<()> {
    let behaviour = Behaviour {
        answers: vec![("boot", Answer::Vanish)],
        ..Behaviour::default()
    };
    let (phone, booted) = boot(behaviour, AfterBoot::Stay)?;
    ensure!(matches!(booted, Boot::Unconfirmed(_)), "{booted:?}");
    let change = phone.watch()?.wait()?;
    ensure!(change == Change::Left, "{change:?}");
    Ok(())
}

fn notices_that_the_device_left(_: &Setup) -> anyhow::Result<()> {
    let change = boot_confirmed(AfterBoot::Leave)?.watch()?.wait()?;
    ensure!(change == Change::Left, "{change:?}");
    Ok(())
}

fn notices_that_the_boot_loader_came_back(_: &Setup) -> anyhow::Result<()> {
    let phone = boot_confirmed(AfterBoot::Return)?;
    let change = phone.watch()?.wait_until_back()?;
    let Change::Returned(device) = change else {
        bail!("{change:?}");
    };
    ensure!(device.pid == 0xd00d, "{device:?}");
    Ok(())
}

fn notices_that_another_gadget_appeared(_: &Setup) -> anyhow::Result<()> {
    let phone = boot_confirmed(AfterBoot::SerialPort)?;
    let change = phone.watch()?.wait_until_back()?;
    let Change::Appeared(device) = change else {
        bail!("{change:?}");
    };
    ensure!(device.pid == 0x4e11, "{device:?}");
    Ok(())
}
