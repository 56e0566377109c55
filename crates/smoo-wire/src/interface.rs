//! How the interface of a device is recognized: by class and endpoints, all in one alternate setting.

/// Class, subclass and protocol of smoo.
pub const SMOO: (u8, u8, u8) = (0xff, 0x53, 0x4d);

/// Those of fastboot, which a device may use instead: systemd's rules grant users access to them. Its interrupt endpoints distinguish
/// the interface from that of a boot loader, which has none.
pub const FASTBOOT: (u8, u8, u8) = (0xff, 0x42, 0x03);
