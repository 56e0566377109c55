//! Observes a device on USB.

use std::time::Duration;

use boot_devices::{Bus, UsbDevice};
use live_boot::{Change, Watch};

/// Between two lists of the devices.
const INTERVAL: Duration = Duration::from_millis(100);

/// A device on USB that got the image.
pub struct UsbWatch<'b> {
    bus: &'b mut dyn Bus,
    watch: boot_devices::Watch,
}

impl<'b> UsbWatch<'b> {
    pub fn new(device: &UsbDevice, bus: &'b mut dyn Bus) -> Self {
        let watch = boot_devices::Watch::new(device);
        UsbWatch { bus, watch }
    }
}

impl Watch for UsbWatch<'_> {
    fn wait(&mut self, limit: Duration) -> Option<Change> {
        // Where devices cannot be listed any more, nothing is seen.
        let change = self.watch.wait(self.bus, limit, INTERVAL).ok()??;
        Some(match change {
            boot_devices::Change::Left => Change::Left,
            boot_devices::Change::Returned(_) => Change::Returned,
            boot_devices::Change::Appeared(_) => Change::Appeared,
        })
    }
}
