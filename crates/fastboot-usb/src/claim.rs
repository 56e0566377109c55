//! Opens a device and claims an interface, with errors that name who uses it.

use std::io;
use std::path::Path;

use nusb::{DeviceInfo, ErrorKind, MaybeFuture};

use crate::bus::find;
use crate::{Error, Holders, RootInterface, UsbDevice};

/// Opens a device that waits for its root, selects the alternate setting of the interface, and returns both. The request
/// SET_INTERFACE starts a session.
///
/// # Errors
/// All but [`Error::List`] and [`Error::NotFastboot`].
pub fn claim(device: &UsbDevice) -> Result<(nusb::Interface, RootInterface), Error> {
    let (info, current) = find(device)?;
    let interface = current.root.ok_or(Error::Disconnected)?;
    let node = device.node();
    let claimed = open_interface(&info, interface.number, &node)?;
    let selected = claimed.set_alt_setting(interface.alternate).wait();
    selected.map_err(|error| explain(error, &node))?;
    Ok((claimed, interface))
}

/// Opens a device and claims an interface.
pub fn open_interface(
    info: &DeviceInfo,
    number: u8,
    node: &Path,
) -> Result<nusb::Interface, Error> {
    let fail = |error| explain(error, node);
    let device = info.open().wait().map_err(fail)?;
    device.claim_interface(number).wait().map_err(fail)
}

/// Names the cause.
pub fn explain(error: nusb::Error, node: &Path) -> Error {
    let node = node.to_owned();
    match error.kind() {
        ErrorKind::Busy => Error::Busy(Holders::find(&node)),
        ErrorKind::PermissionDenied => Error::Permission { node },
        ErrorKind::Disconnected => Error::Disconnected,
        _ => Error::Open {
            node,
            cause: io::Error::from(error),
        },
    }
}
