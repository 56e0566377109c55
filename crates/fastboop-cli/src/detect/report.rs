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
    /// All devices on USB that booted stage0 and get their root from a host.
    pub stage0: Vec<WaitingReport>,
}

/// A device that booted stage0.
#[derive(Debug, Serialize)]
pub struct WaitingReport {
    /// The value for `fastboop serve --device`.
    pub address: String,
    pub usb: Option<Usb>,
}

impl WaitingReport {
    pub fn new(device: &Device) -> Self {
        WaitingReport {
            address: device.address().to_string(),
            usb: device.usb().map(Usb::new),
        }
    }
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
mod tests;
