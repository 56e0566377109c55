//! Small things about text.

use std::ops::Range;

/// `text` with each of these ranges replaced, which do not overlap. All else stays as it is, byte for byte.
pub fn splice(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        out.replace_range(range, &new);
    }
    out
}

/// The number of the line that byte `at` is in, from 1.
pub(crate) fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// Whether `text` is `digits` lower-case hex digits.
pub fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ranges_change() {
        let edits = vec![(4..5, "BB".to_owned()), (0..1, String::new())];
        assert_eq!(splice("a = b # c\n", edits), " = BB # c\n");
    }

    #[test]
    fn lines_count_from_one() {
        assert_eq!((line("a\nb", 0), line("a\nb", 2)), (1, 2));
    }

    #[test]
    fn hex_has_its_length_and_lower_case() {
        assert!(is_hex("0f", 2));
        assert!(!is_hex("0F", 2) && !is_hex("0f0", 2) && !is_hex("0g", 2));
    }
}
