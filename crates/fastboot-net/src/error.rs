//! The error type.

use std::io;

use fastboot::TransportError;

/// The reason why a device cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is invalid.
    #[error("device address {0:?}: expected HOST, HOST:PORT, or [IPV6]:PORT; correct the address")]
    Address(String),
    /// The host name cannot be resolved.
    #[error(
        "device {address}: cannot resolve the name: {cause}; check the name, or use the IP address"
    )]
    Resolve {
        /// The address.
        address: String,
        /// The cause.
        cause: io::Error,
    },
    /// None of the addresses of a host answers as a fastboot device; the cause is that of the last one.
    #[error("device {address}: cannot connect: {cause}")]
    Connect {
        /// The address.
        address: String,
        /// The cause.
        cause: TransportError,
    },
}
