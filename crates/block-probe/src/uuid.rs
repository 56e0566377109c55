//! UUIDs as text: 32 lower-case hexadecimal digits in groups of 8, 4, 4, 4 and 12 (RFC 9562).

/// Formats bytes that are in the order in which they are written.
pub(crate) fn format_uuid(bytes: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Formats the bytes of a GUID, whose first three fields are little-endian (UEFI, appendix A).
pub(crate) fn format_guid(guid: [u8; 16]) -> String {
    let [a, b, c, d, e, f, g, h, rest @ ..] = guid;
    let [i, j, k, l, m, n, o, p] = rest;
    format_uuid([d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p])
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff];

    #[test]
    fn formats_bytes_in_groups() {
        assert_eq!(format_uuid(BYTES), "00010203-0405-0607-0809-0a0b0c0d0eff");
        assert_eq!(format_guid(BYTES), "03020100-0504-0706-0809-0a0b0c0d0eff");
    }
}
