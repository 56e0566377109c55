//! Texts of devices.

/// Returns the text up to a NUL, without white space around it. Bytes that are not UTF-8 are replaced, and characters that
/// could control a terminal or reorder its text are escaped.
pub fn clean(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    let mut cleaned = String::with_capacity(text.len());
    for character in text.trim().chars() {
        if character.is_control() || is_format(character) {
            cleaned.extend(character.escape_default());
        } else {
            cleaned.push(character);
        }
    }
    cleaned
}

/// Whether a character is invisible or changes the direction of text (Unicode's zero-width, line and bidirectional characters).
fn is_format(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_nul_and_trims() {
        assert_eq!(clean(b" sdm845\r\n\0garbage"), "sdm845");
        assert_eq!(clean(b"\0x"), "");
        assert_eq!(clean(b""), "");
    }

    #[test]
    fn escapes_what_controls_a_terminal() {
        assert_eq!(clean(b"a\x1b[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
        assert_eq!(clean("a\u{202e}b\u{9b}".as_bytes()), "a\\u{202e}b\\u{9b}");
        assert_eq!(clean("größe".as_bytes()), "größe");
    }

    #[test]
    fn replaces_bytes_that_are_not_utf8() {
        assert_eq!(clean(b"a\xffb"), "a\u{fffd}b");
    }
}
