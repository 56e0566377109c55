//! The address of a device.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use fastboot::TransportError;

use crate::Error;

/// The port of fastboot, over both UDP and TCP.
pub const PORT: u16 = 5554;

/// A host name or IP address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// Calls `connect` with each address of the host until one succeeds.
    pub(crate) fn connect<T>(
        &self,
        connect: impl Fn(SocketAddr) -> Result<T, TransportError>,
    ) -> Result<T, Error> {
        let address = self.to_string();
        let resolved = (self.host.as_str(), self.port).to_socket_addrs();
        let resolved = resolved.map_err(|cause| Error::Resolve {
            address: address.clone(),
            cause,
        })?;
        let mut last = TransportError::Disconnected;
        for candidate in resolved {
            match connect(candidate) {
                Ok(connected) => return Ok(connected),
                Err(cause) => last = cause,
            }
        }
        Err(Error::Connect {
            address,
            cause: last,
        })
    }
}

impl FromStr for Address {
    type Err = Error;

    /// Parses `HOST`, `HOST:PORT`, an IPv6 address, or `[IPV6]:PORT`. Without a port, it is [`PORT`].
    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::Address(text.to_owned());
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::from(SocketAddr::new(ip, PORT)));
        }
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((ip, port)) => {
                ip.parse::<Ipv6Addr>().map_err(|_| invalid())?;
                (ip, port)
            }
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                digits.parse().map_err(|_| invalid())?
            }
            None if port.is_empty() => PORT,
            _ => return Err(invalid()),
        };
        let is_visible = |character: char| !character.is_whitespace() && !character.is_control();
        if host.is_empty() || port == 0 || !host.chars().all(is_visible) {
            return Err(invalid());
        }
        Ok(Address {
            host: host.to_owned(),
            port,
        })
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Address {
            host: address.ip().to_string(),
            port: address.port(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_names_and_addresses_with_and_without_port() {
        let cases = [
            ("phone.local", "phone.local:5554"),
            ("phone:1234", "phone:1234"),
            ("10.0.2.15", "10.0.2.15:5554"),
            ("10.0.2.15:1", "10.0.2.15:1"),
            ("::1", "[::1]:5554"),
            ("[::1]", "[::1]:5554"),
            ("[fe80::1]:65535", "[fe80::1]:65535"),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn rejects_invalid_addresses() {
        let invalid = [
            "",
            ":1",
            "host:",
            "host:0",
            "host:65536",
            "host:+1",
            "host:a",
            "a:b:c",
            "[x]:1",
            "[::1]x",
            "[::1",
            "a b",
        ];
        for text in invalid {
            let error = text.parse::<Address>().unwrap_err();
            assert!(matches!(error, Error::Address(_)), "{text:?}: {error}");
        }
    }

    #[test]
    fn reports_names_that_cannot_be_resolved() {
        // A label of more than 63 bytes, so that no name server is asked.
        let address: Address = "x".repeat(64).parse().unwrap();
        let error = address.connect(|_| Ok(())).unwrap_err().to_string();
        assert!(error.contains("cannot resolve the name"), "{error}");
    }
}
