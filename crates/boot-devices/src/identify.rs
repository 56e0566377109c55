//! Queries what a device is.

use std::collections::BTreeMap;

use device_profiles::{Choices, Matcher, Outcome, Profile};
use fastboot::{Client, Error, Transport, VariableName};

use crate::Device;

/// What a device reports. Its texts come from the device: escape them before they are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity<'p> {
    /// The serial number: the variable `serialno`, or else that on USB.
    pub serial: Option<String>,
    /// The variable `product`.
    pub product: Option<String>,
    /// Whether the boot loader is unlocked, if it reports that. A locked one refuses to boot.
    pub unlocked: Option<bool>,
    /// The largest download in bytes, if the device reports one.
    pub max_download_size: Option<u64>,
    /// The profiles that match. A device in a network has no USB ID, so all profiles with probes are considered.
    pub outcome: Outcome<'p>,
}

/// Queries what a device is, and which of the profiles match. A variable that the device lacks, or does not answer, is missing.
/// Never queries `all`, which boot loaders answer with hundreds of lines.
///
/// # Errors
/// The transport fails, or a reply is invalid.
pub fn identify<'p, T: Transport>(
    client: &mut Client<'_, T>,
    device: &Device,
    profiles: impl IntoIterator<Item = &'p Profile>,
    choices: &Choices,
) -> Result<Identity<'p>, Error> {
    let mut variables = Variables::new(client);
    let product = variables.get("product")?;
    let serial = variables.get("serialno")?;
    let matcher = match device.usb() {
        Some(usb) => Matcher::new(profiles, usb.vid, usb.pid),
        None => Matcher::without_usb_id(profiles),
    };
    let mut failure = None;
    let outcome = matcher.evaluate(|name| match variables.get(name) {
        Ok(value) => value,
        Err(error) => {
            failure.get_or_insert(error);
            None
        }
    });
    if let Some(error) = failure {
        return Err(error);
    }
    let serial = serial.or_else(|| device.usb()?.serial.clone());
    Ok(Identity {
        product,
        unlocked: client.is_unlocked()?,
        max_download_size: client.max_download_size()?,
        outcome: match &serial {
            Some(serial) => outcome.with_choice(choices, serial),
            None => outcome,
        },
        serial,
    })
}

/// The variables of a device, each queried once: one that the device does not answer costs seconds.
struct Variables<'c, 'e, T> {
    client: &'c mut Client<'e, T>,
    known: BTreeMap<String, Option<String>>,
    has_failed: bool,
}

impl<'c, 'e, T: Transport> Variables<'c, 'e, T> {
    fn new(client: &'c mut Client<'e, T>) -> Self {
        Variables {
            client,
            known: BTreeMap::new(),
            has_failed: false,
        }
    }

    fn get(&mut self, name: &str) -> Result<Option<String>, Error> {
        if let Some(value) = self.known.get(name) {
            return Ok(value.clone());
        }
        // The first failure is reported, and further queries would only take time.
        if self.has_failed {
            return Ok(None);
        }
        let value = VariableName::new(name).and_then(|name| self.client.getvar(&name));
        self.has_failed = value.is_err();
        let value = value?;
        self.known.insert(name.to_owned(), value.clone());
        Ok(value)
    }
}
