//! Packets of the UDP protocol: identifier, flags, big-endian sequence number, data.

/// The bytes before the data.
pub const HEADER: usize = 4;

/// The identifier of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    /// The device cannot go on; the data is its message.
    Error = 0,
    /// Requests the sequence number that the device expects.
    Query = 1,
    /// Starts a session: version and maximum packet size.
    Init = 2,
    /// Carries the fastboot protocol.
    Fastboot = 3,
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What it is.
    pub id: Id,
    /// Whether the next packet continues its data.
    pub is_continued: bool,
    /// The sequence number, which the answer repeats.
    pub sequence: u16,
    /// The data.
    pub data: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Parses a packet. `None` if it is too short, or its identifier is unknown.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&[id, flags, high, low], data) = bytes.split_first_chunk::<HEADER>()?;
        let id = match id {
            0 => Id::Error,
            1 => Id::Query,
            2 => Id::Init,
            3 => Id::Fastboot,
            _ => return None,
        };
        Some(Packet {
            id,
            is_continued: flags & 1 != 0,
            sequence: u16::from_be_bytes([high, low]),
            data,
        })
    }

    /// Returns the bytes of the packet.
    pub fn to_bytes(self) -> Vec<u8> {
        let [high, low] = self.sequence.to_be_bytes();
        let mut bytes = vec![self.id as u8, u8::from(self.is_continued), high, low];
        bytes.extend(self.data);
        bytes
    }
}

/// Returns a number of 16 bits in the data of a packet.
pub fn number(data: &[u8], offset: usize) -> Option<u16> {
    let bytes = data.get(offset..)?.first_chunk()?;
    Some(u16::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_parses_packets() {
        let packet = Packet {
            id: Id::Fastboot,
            is_continued: true,
            sequence: 0x1234,
            data: b"boot",
        };
        let bytes = packet.to_bytes();
        assert_eq!(bytes, b"\x03\x01\x12\x34boot");
        assert_eq!(Packet::parse(&bytes), Some(packet));
        assert_eq!(number(packet.data, 2), Some(0x6f74));
        assert_eq!(number(packet.data, 3), None);
    }

    #[test]
    fn rejects_short_packets_and_unknown_identifiers() {
        for bytes in [
            &b""[..],
            b"\x03\x00\x00",
            b"\x04\x00\x00\x00",
            b"\xff\x00\x00\x00",
        ] {
            assert_eq!(Packet::parse(bytes), None, "{bytes:?}");
        }
    }
}
