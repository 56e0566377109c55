//! Numbers in variables.

/// Parses a size: hexadecimal with `0x`, as U-Boot and ABL write it, else decimal, as some versions of LK do, else
/// hexadecimal without a prefix. `None` for anything else.
pub fn parse(text: &str) -> Option<u64> {
    let is_hex = |text: &str| text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let hex = text.strip_prefix("0x").or(text.strip_prefix("0X"));
    if let Some(digits) = hex {
        return is_hex(digits).then(|| u64::from_str_radix(digits, 16).ok())?;
    }
    if text.bytes().all(|digit| digit.is_ascii_digit()) {
        return text.parse().ok();
    }
    is_hex(text).then(|| u64::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_hexadecimal_and_decimal() {
        assert_eq!(parse("0x20000000"), Some(0x2000_0000));
        assert_eq!(parse("0X0A"), Some(10));
        assert_eq!(parse("536870912"), Some(0x2000_0000));
        assert_eq!(parse("1fe00000"), Some(0x1fe0_0000));
    }

    #[test]
    fn rejects_other_texts() {
        for text in [
            "",
            "0x",
            "0x+1",
            "+1",
            "-1",
            "1 MB",
            "0x10000000000000000",
            "g",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
