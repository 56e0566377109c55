//! Downloads over USB: a machine with `dummy_hcd`, which connects a gadget of the machine, the test device, with the machine itself.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use vm_test::{Boot, Machine, VmConfig};

use super::Arguments;
use crate::boot::kernel_release;
use crate::machine;

/// Far longer than all downloads take.
const DEADLINE: Duration = Duration::from_secs(1800);

/// The rates of our client and of Android's, in MB/s.
#[derive(Debug, PartialEq)]
pub struct Rates {
    pub ours: Vec<f64>,
    pub peers: Vec<f64>,
}

/// Measures at a speed of USB, which dummy_hcd gets as a parameter.
pub fn measure(arguments: &Arguments, speed: &str, parameter: &str) -> anyhow::Result<Rates> {
    let modules = Path::new("/usr/lib/modules");
    let disk = tempfile::NamedTempFile::new()?;
    fs::copy(&arguments.usb_image, disk.path())?;
    let config = VmConfig {
        machine: Machine::X86_64,
        qemu: Machine::X86_64.program().into(),
        boot: Boot::Kernel {
            image: modules.join(kernel_release(modules)?).join("vmlinuz"),
            initramfs: arguments.usb_initramfs.clone(),
            command_line: format!(
                "stage0.root=LABEL=vm-root stage0.init=/usr/lib/usb-tests/init usb_speed={speed} usb_tests=rates {parameter}"
            ),
            link: None,
        },
        disks: vec![disk.path().to_owned()],
        memory: 1024,
    };
    let output = machine::output(&config, &[], DEADLINE)?;
    let rates = parse(&output);
    ensure!(
        !rates.ours.is_empty() && rates.ours.len() == rates.peers.len(),
        "the machine measured no rates:\n{output}"
    );
    Ok(rates)
}

fn parse(output: &str) -> Rates {
    let rates = |name: &str| {
        let lines = output.lines().filter_map(|line| {
            let (_, rate) = line.split_once(&format!("usb-rate: {name} "))?;
            rate.trim().parse().ok()
        });
        lines.collect()
    };
    Rates {
        ours: rates("fastboop"),
        peers: rates("android"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_the_rates_of_both_clients() {
        let output =
            "x\r\nusb-rate: fastboop 12.50\r\nusb-rate: android 3.00\r\nusb-rate: fastboop 1\r\n";
        let (ours, peers) = (vec![12.5, 1.0], vec![3.0]);
        assert_eq!(parse(output), Rates { ours, peers });
    }
}
