//! The control requests, each to the interface: `bmRequestType` and `bRequest` of USB 2.0, section 9.3.

/// Vendor request to the host: returns an [`Ident`](crate::Ident).
pub const IDENT: (u8, u8) = (0xc1, 0x01);
/// Vendor request to the device: sends the list of [`Export`](crate::Export)s.
pub const CONFIG_EXPORTS: (u8, u8) = (0x41, 0x02);
/// Class request to the host: returns a [`Status`](crate::Status).
pub const STATUS: (u8, u8) = (0xa1, 0x03);
