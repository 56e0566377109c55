//! What `fastboop detect` prints as JSON: docs/devices.md.

use boot_devices::{Address, Device, Identity, UsbDevice};
use device_profiles::{Outcome, Profile};
use fastboot_usb::{Speed, udev_rule};
use serde::Serialize;

/// The output. Its field names must stay: programs read the JSON.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// All devices that are there, also those that cannot be opened.
    pub devices: Vec<DeviceReport>,
}

/// A device.
#[derive(Debug, Default, Serialize)]
pub struct DeviceReport {
    /// The value for --device.
    pub address: String,
    /// `usb`, `udp` or `tcp`.
    pub transport: &'static str,
    /// `null` for a device in a network.
    pub usb: Option<Usb>,
    /// Why the device cannot be queried; the fields below are `null` or empty then.
    pub error: Option<Failure>,
    /// The boot loader's `product`.
    pub product: Option<String>,
    /// The boot loader's `serialno`, or else the serial number on USB.
    pub serial: Option<String>,
    /// `null` if the boot loader does not report it.
    pub unlocked: Option<bool>,
    /// In bytes; `null` if the boot loader does not report it.
    pub max_download_size: Option<u64>,
    /// The profiles that match.
    pub profiles: Vec<ProfileReport>,
    /// If none matches: the profiles that were considered, and why they do not match.
    pub rejected_profiles: Vec<Rejected>,
}

/// What the kernel reports of a device on USB.
#[derive(Debug, Serialize)]
pub struct Usb {
    /// Vendor and product ID, such as `18d1:d00d`.
    pub id: String,
    /// The name of the manufacturer.
    pub manufacturer: Option<String>,
    /// The name of the product.
    pub product: Option<String>,
    /// The serial number.
    pub serial: Option<String>,
    /// Bus and ports, such as `1-4.2`.
    pub path: String,
    /// `low`, `full`, `high`, `super` or `super+`.
    pub speed: Option<&'static str>,
}

/// Why a device cannot be queried.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// `permission`, `busy`, or `other`.
    pub kind: &'static str,
    /// The reason, and what to do.
    pub message: String,
    /// The line of a udev rules file that gives access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub udev_rule: Option<&'static str>,
    /// The processes that use the device, as far as this user may see them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<Process>,
}

/// A process that uses a device.
#[derive(Debug, Serialize)]
pub struct Process {
    pid: u32,
    name: String,
}

/// A profile.
#[derive(Debug, Serialize)]
pub struct ProfileReport {
    pub id: String,
    pub name: Option<String>,
}

/// A profile that does not match.
#[derive(Debug, Serialize)]
pub struct Rejected {
    pub id: String,
    /// The first condition that is not met, and what was found.
    pub reason: String,
}

impl DeviceReport {
    /// Describes a device that was queried.
    pub fn new(device: &Device, identity: Result<Identity<'_>, fastboot::Error>) -> Self {
        let report = Self::base(device);
        let identity = match identity {
            Ok(identity) => identity,
            Err(error) => {
                let error = Some(Failure::new("other", &error));
                return DeviceReport { error, ..report };
            }
        };
        let (profiles, rejected_profiles) = match &identity.outcome {
            Outcome::One(profile) => (vec![ProfileReport::new(profile)], vec![]),
            Outcome::Ambiguous(profiles) => {
                let profiles = profiles.iter().map(|profile| ProfileReport::new(profile));
                (profiles.collect(), vec![])
            }
            Outcome::None(rejections) => {
                let rejected = rejections.iter().map(|rejection| Rejected {
                    id: rejection.profile.id.clone(),
                    reason: rejection.reason(),
                });
                (vec![], rejected.collect())
            }
        };
        DeviceReport {
            product: identity.product,
            serial: identity.serial,
            unlocked: identity.unlocked,
            max_download_size: identity.max_download_size,
            profiles,
            rejected_profiles,
            ..report
        }
    }

    /// Describes a device that cannot be opened.
    pub fn unopened(device: &Device, cause: &fastboot_usb::Error) -> Self {
        let mut error = Failure::new("other", cause);
        match cause {
            fastboot_usb::Error::Permission { .. } => {
                error.kind = "permission";
                error.udev_rule = Some(udev_rule());
            }
            fastboot_usb::Error::Busy(holders) => {
                error.kind = "busy";
                let processes = holders.processes.iter().map(|holder| Process {
                    pid: holder.pid,
                    name: holder.name.clone(),
                });
                error.processes = processes.collect();
            }
            _ => {}
        }
        DeviceReport {
            error: Some(error),
            ..Self::base(device)
        }
    }

    fn base(device: &Device) -> Self {
        DeviceReport {
            address: device.address().to_string(),
            transport: match device.address() {
                Address::Usb(_) => "usb",
                Address::Udp(_) => "udp",
                Address::Tcp(_) => "tcp",
            },
            usb: device.usb().map(Usb::new),
            ..DeviceReport::default()
        }
    }
}

impl Usb {
    fn new(device: &UsbDevice) -> Self {
        Usb {
            id: format!("{:04x}:{:04x}", device.vid, device.pid),
            manufacturer: device.manufacturer.clone(),
            product: device.product.clone(),
            serial: device.serial.clone(),
            path: device.path(),
            speed: device.speed.and_then(|speed| match speed {
                Speed::Low => Some("low"),
                Speed::Full => Some("full"),
                Speed::High => Some("high"),
                Speed::Super => Some("super"),
                Speed::SuperPlus => Some("super+"),
                _ => None,
            }),
        }
    }
}

impl Failure {
    fn new(kind: &'static str, error: &dyn std::error::Error) -> Self {
        Failure {
            kind,
            message: error.to_string(),
            udev_rule: None,
            processes: Vec::new(),
        }
    }
}

impl ProfileReport {
    fn new(profile: &Profile) -> Self {
        ProfileReport {
            id: profile.id.clone(),
            name: profile.display_name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    use boot_devices::{Bus, find};
    use fastboot::Transport;
    use fastboot_usb::{Error, Holder, Holders, Interface};

    /// A bus with one phone.
    struct Phone;

    impl Bus for Phone {
        fn devices(&mut self) -> Result<Vec<UsbDevice>, Error> {
            Ok(vec![UsbDevice {
                vid: 0x18d1,
                pid: 0xd00d,
                serial: Some("1a2b".to_owned()),
                product: Some("Android\x1b[2J".to_owned()),
                bus: 1,
                ports: vec![4],
                speed: Some(Speed::High),
                fastboot: Some(Interface::default()),
                ..UsbDevice::default()
            }])
        }

        fn try_open(&mut self, _: &UsbDevice) -> Result<Box<dyn Transport>, Error> {
            Err(Error::Disconnected)
        }

        fn now(&self) -> Instant {
            Instant::now()
        }

        fn sleep(&mut self, _: Duration) {}
    }

    fn unopened(cause: &Error) -> DeviceReport {
        DeviceReport::unopened(&find(None, None, &mut Phone).unwrap(), cause)
    }

    #[test]
    fn a_device_without_permission_is_listed_with_the_udev_rule() {
        let node = "/dev/bus/usb/001/004".into();
        let report = unopened(&Error::Permission { node });
        let error = report.error.as_ref().unwrap();
        assert_eq!(error.kind, "permission");
        assert!(error.udev_rule.unwrap().contains("ff4203"));
        let text = super::super::text::format(&Report {
            devices: vec![report],
        });
        let start = "usb:1a2b
  USB:              18d1:d00d Android\\u{1b}[2J, at 1-4, high speed
  cannot be used:   no permission to open /dev/bus/usb/001/004; as root, write this line to ";
        assert!(text.starts_with(start), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    #[test]
    fn a_busy_device_is_listed_with_the_processes_that_use_it() {
        let report = unopened(&Error::Busy(Holders {
            processes: vec![Holder {
                pid: 12,
                name: "fwupd".to_owned(),
            }],
            ..Holders::default()
        }));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["error"]["kind"], "busy");
        assert_eq!(json["error"]["processes"][0]["pid"], 12);
        assert_eq!(json["error"]["processes"][0]["name"], "fwupd");
        assert_eq!(json["usb"]["path"], "1-4");
        assert_eq!(json["usb"]["speed"], "high");
        assert_eq!(json["product"], serde_json::Value::Null);
    }
}
