//! Android's client against the same device: what both do, the device does right.

use std::fs;
use std::process::{Command, Output};

use anyhow::ensure;

use crate::phone::{Phone, image};
use crate::{Setup, Test};

pub const TESTS: &[Test] = &[
    (
        "androids_client_queries_a_variable",
        androids_client_queries_a_variable,
    ),
    ("androids_client_downloads", androids_client_downloads),
    ("androids_client_boots", androids_client_boots),
];

fn run(setup: &Setup, arguments: &[&str]) -> anyhow::Result<Output> {
    let output = Command::new(&setup.fastboot).args(arguments).output()?;
    ensure!(output.status.success(), "{output:?}");
    Ok(output)
}

fn androids_client_queries_a_variable(setup: &Setup) -> anyhow::Result<()> {
    let _phone = Phone::plain()?;
    let output = run(setup, &["-s", "1a2b3c4d", "getvar", "product"])?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(text.contains("product: sdm845"), "{text}");
    Ok(())
}

fn androids_client_downloads(setup: &Setup) -> anyhow::Result<()> {
    let phone = Phone::plain()?;
    let image = image(3_000_001);
    fs::write("/tmp/image", &image)?;
    run(setup, &["stage", "/tmp/image"])?;
    let is_same = phone.front.with_device(|device| device.downloaded == image);
    ensure!(is_same, "other bytes arrived");
    Ok(())
}

fn androids_client_boots(setup: &Setup) -> anyhow::Result<()> {
    let phone = Phone::plain()?;
    let path = setup.boot_image.to_string_lossy();
    run(setup, &["boot", &path])?;
    phone.front.with_device(|device| {
        ensure!(device.is_booted, "{:?}", device.commands);
        ensure!(
            device.downloaded == fs::read(&setup.boot_image)?,
            "other bytes arrived"
        );
        Ok(())
    })
}
