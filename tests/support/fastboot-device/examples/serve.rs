//! Serves a device without faults over UDP and TCP, for Android's client: `cargo run -p fastboot-device --example serve`,
//! then `fastboot -s udp:127.0.0.1:PORT getvar product`. Prints what it received when standard input ends.

use std::io::{self, Read};

use fastboot_device::{Behaviour, Device, TcpFaults, TcpFront, UdpFaults, UdpFront};

fn main() -> io::Result<()> {
    let udp = UdpFront::start(Device::new(Behaviour::default()), UdpFaults::default())?;
    let tcp = TcpFront::start(Device::new(Behaviour::default()), TcpFaults::default())?;
    println!("udp:{} tcp:{}", udp.address(), tcp.address());
    io::stdin().read_to_end(&mut Vec::new())?;
    udp.with_device(|device| print("UDP", device));
    tcp.with_device(|device| print("TCP", device));
    Ok(())
}

fn print(name: &str, device: &Device) {
    let size = device.downloaded.len();
    let (commands, is_booted) = (&device.commands, device.is_booted);
    println!("{name}: {commands:?}, {size} bytes downloaded, booted: {is_booted}");
}
