//! The address of a device, as a user names it.

use std::fmt;
use std::str::FromStr;

use fastboot_usb::UsbDevice;

use crate::Error;

/// The address of a device. It is safe to print, and to type in a shell if it comes from [`Address::of`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `usb:SERIAL`, or `usb:BUS-PORT` such as `usb:1-4.2`.
    Usb(UsbAddress),
    /// `udp:HOST` or `udp:HOST:PORT`.
    Udp(fastboot_net::Address),
    /// `tcp:HOST` or `tcp:HOST:PORT`.
    Tcp(fastboot_net::Address),
}

/// Which device on USB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsbAddress {
    /// The one with this serial number.
    Serial(String),
    /// The one that is connected here.
    Path {
        /// The number of the bus.
        bus: u8,
        /// The ports from the root hub to the device.
        ports: Vec<u8>,
    },
}

impl Address {
    /// The address of a device on USB: its serial number, or where it is connected if others in `all` have the same number, if
    /// it has none, or if a shell could misunderstand it.
    pub fn of(device: &UsbDevice, all: &[UsbDevice]) -> Self {
        let path = UsbAddress::Path {
            bus: device.bus,
            ports: device.ports.clone(),
        };
        let serial = device.serial.as_deref().filter(|serial| is_plain(serial));
        let count = all.iter().filter(|other| other.serial == device.serial);
        Address::Usb(match serial {
            Some(serial) if count.count() <= 1 => UsbAddress::Serial(serial.to_owned()),
            _ => path,
        })
    }
}

impl UsbAddress {
    /// Whether this is the address of a device.
    pub fn matches(&self, device: &UsbDevice) -> bool {
        match self {
            UsbAddress::Serial(serial) => device.serial.as_ref() == Some(serial),
            UsbAddress::Path { bus, ports } => (device.bus, &device.ports) == (*bus, ports),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let is_valid = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let serial = || UsbAddress::Serial(text.to_owned());
        is_valid.then(|| parse_path(text).unwrap_or_else(serial))
    }
}

/// Whether a serial number can be typed in any shell, and is not taken for a path.
fn is_plain(serial: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !serial.is_empty() && serial.bytes().all(is_plain) && parse_path(serial).is_none()
}

fn parse_path(text: &str) -> Option<UsbAddress> {
    let (bus, ports) = text.split_once('-')?;
    // `u8::from_str` would accept a sign.
    let parse = |digits: &str| {
        let is_number = digits.bytes().all(|digit| digit.is_ascii_digit());
        is_number.then(|| digits.parse().ok())?
    };
    let bus = parse(bus)?;
    let ports = ports.split('.').map(parse).collect::<Option<_>>()?;
    Some(UsbAddress::Path { bus, ports })
}

impl FromStr for Address {
    type Err = Error;

    /// Parses the text after `--device`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::Address(text.to_owned());
        let (transport, rest) = text.split_once(':').ok_or_else(invalid)?;
        match transport {
            "usb" => UsbAddress::parse(rest)
                .map(Address::Usb)
                .ok_or_else(invalid),
            "udp" => rest.parse().map(Address::Udp).map_err(Error::Network),
            "tcp" => rest.parse().map(Address::Tcp).map_err(Error::Network),
            _ => Err(invalid()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Usb(UsbAddress::Serial(serial)) => write!(f, "usb:{serial}"),
            Address::Usb(UsbAddress::Path { bus, ports }) => {
                let ports: Vec<_> = ports.iter().map(u8::to_string).collect();
                write!(f, "usb:{bus}-{}", ports.join("."))
            }
            Address::Udp(address) => write!(f, "udp:{address}"),
            Address::Tcp(address) => write!(f, "tcp:{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(serial: Option<&str>, port: u8) -> UsbDevice {
        UsbDevice {
            serial: serial.map(str::to_owned),
            bus: 1,
            ports: vec![port, 2],
            ..UsbDevice::default()
        }
    }

    #[test]
    fn parses_what_it_prints() {
        for (text, expected) in [
            ("usb:1a2b3c4d", "usb:1a2b3c4d"),
            ("usb:a:b", "usb:a:b"),
            ("usb:1-4", "usb:1-4"),
            ("usb:1-4.2.13", "usb:1-4.2.13"),
            ("usb:1-", "usb:1-"),
            ("usb:1-4.", "usb:1-4."),
            ("usb:999-4", "usb:999-4"),
            ("udp:10.0.2.15", "udp:10.0.2.15:5554"),
            ("udp:[::1]:1234", "udp:[::1]:1234"),
            ("tcp:phone.local:1", "tcp:phone.local:1"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), expected);
            assert_eq!(expected.parse::<Address>().unwrap(), address);
        }
        let path: Address = "usb:1-4.2".parse().unwrap();
        let ports = vec![4, 2];
        assert_eq!(path, Address::Usb(UsbAddress::Path { bus: 1, ports }));
        let serial = UsbAddress::Serial("999-4".to_owned());
        assert_eq!(
            "usb:999-4".parse::<Address>().unwrap(),
            Address::Usb(serial)
        );
    }

    #[test]
    fn rejects_invalid_addresses() {
        for text in [
            "",
            "usb",
            "usb:",
            "usb:a b",
            "usb:a\x1b[2J",
            "usb:ä",
            "1a2b3c4d",
            "udp:",
            "tcp:a:b",
            "ssh:host",
            "USB:a",
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.starts_with("device address"), "{error}");
            assert!(!error.contains('\x1b'), "{error}");
        }
    }

    #[test]
    fn names_a_device_by_its_serial_number() {
        let all = [
            device(Some("1a2b"), 1),
            device(Some("3c4d"), 2),
            device(None, 3),
        ];
        let names = all
            .iter()
            .map(|device| Address::of(device, &all).to_string());
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["usb:1a2b", "usb:3c4d", "usb:1-3.2"]
        );
    }

    #[test]
    fn names_devices_with_the_same_serial_number_by_their_path() {
        let all = [device(Some("1a2b"), 1), device(Some("1a2b"), 2)];
        for (device, expected) in all.iter().zip(["usb:1-1.2", "usb:1-2.2"]) {
            let address = Address::of(device, &all);
            assert_eq!(address.to_string(), expected);
            let Address::Usb(address) = address else {
                panic!("expected an address on USB");
            };
            assert_eq!(all.iter().filter(|other| address.matches(other)).count(), 1);
        }
    }

    #[test]
    fn names_no_device_by_a_serial_number_that_a_shell_misunderstands() {
        for serial in ["", "$(reboot)", "a b", "a\x1b[2J", "ä", "1-4", "a'b", "a;b"] {
            let device = device(Some(serial), 1);
            let address = Address::of(&device, std::slice::from_ref(&device));
            assert_eq!(address.to_string(), "usb:1-1.2", "{serial:?}");
        }
    }
}
