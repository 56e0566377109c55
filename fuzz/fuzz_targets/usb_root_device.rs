//! The device's side of a root over USB, with a host, other programs and pulled cables in any order: no read gets wrong data, or waits
//! for ever. Then any messages at all: no panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usb_root_device::model::{Fault, run};
use usb_root_device::{Device, Limits};

fuzz_target!(|data: &[u8]| {
    if let Err(error) = run(data, Fault::None) {
        panic!("{error}");
    }
    let limits = Limits {
        slots: 4,
        length: 4096,
    };
    let mut device = Device::new(limits, 0);
    for (index, message) in data.chunks(28).enumerate() {
        // Whatever it is: a refusal is an answer too.
        let _ = device.configure(message);
        let _ = device.begin_read(index as u8 % 4, index as u64 * 512, 512);
        let _ = device.next_request();
        let _ = device.receive(device.session(), message);
        let _ = device.finish(device.session(), index as u8 % 4);
    }
});
