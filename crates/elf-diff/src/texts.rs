//! Texts in a file: runs of printable bytes, as strings(1) finds them.
//!
//! Rust puts its texts one after the other with nothing between, so that a run is not compared as a whole, but by all its pieces of
//! [`PIECE`] bytes: what is told is the part of a run in which no piece is in the other file.

use std::collections::HashSet;

use crate::Texts;

/// The bytes that are compared at once. Machine code that looks like text is seldom longer.
const PIECE: usize = 8;

/// How many texts are told of each file.
const TOLD: usize = 4;

/// How many characters of a text are told.
const WIDTH: usize = 100;

/// The text at an offset, from where it starts, or from shortly before the offset.
pub fn at(bytes: &[u8], offset: usize) -> Option<String> {
    let before = bytes.get(..offset)?;
    let start = before
        .iter()
        .rposition(|byte| !printable(*byte))
        .map_or(0, |at| at + 1);
    let end = offset
        + bytes
            .get(offset..)?
            .iter()
            .take_while(|byte| printable(**byte))
            .count();
    if end - start < PIECE {
        return None;
    }
    let start = start.max(offset.saturating_sub(WIDTH / 2));
    Some(shortened(bytes.get(start..end)?))
}

/// Texts that only one file has, of both. What is the same in both need not be given.
pub fn only_in_one(a: &[&[u8]], b: &[&[u8]]) -> [Texts; 2] {
    let pieces = |parts| runs(parts).flat_map(|run| run.windows(PIECE)).collect();
    [only(a, &pieces(b)), only(b, &pieces(a))]
}

/// The longest come first: short ones are often code.
fn only(parts: &[&[u8]], other: &HashSet<&[u8]>) -> Texts {
    let mut only = runs(parts)
        .flat_map(|run| missing(run, other))
        .collect::<Vec<_>>();
    only.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    only.dedup();
    let first = only.iter().take(TOLD).map(|text| shortened(text));
    Texts {
        first: first.collect(),
        more: only.len().saturating_sub(TOLD),
    }
}

/// The parts of a run of which no piece is in the other file.
fn missing<'a>(run: &'a [u8], other: &HashSet<&[u8]>) -> Vec<&'a [u8]> {
    let pieces = run.windows(PIECE).enumerate();
    let missing = pieces.filter(|(_, piece)| !other.contains(piece));
    let starts = missing.map(|(start, _)| start).collect::<Vec<_>>();
    let parts = starts.chunk_by(|one, next| one + 1 == *next);
    parts
        .filter_map(|part| run.get(*part.first()?..part.last()? + PIECE))
        .collect()
}

fn runs<'a>(parts: &[&'a [u8]]) -> impl Iterator<Item = &'a [u8]> {
    let runs = parts
        .iter()
        .flat_map(|bytes| bytes.split(|byte| !printable(*byte)));
    runs.filter(|run| run.len() >= PIECE)
}

fn printable(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte == b' '
}

fn shortened(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_around_an_offset_is_told() {
        let bytes = b"\0\x01a longer text\0b\0";
        assert_eq!(at(bytes, 5).unwrap(), "a longer text");
        assert_eq!(at(bytes, 2).unwrap(), "a longer text");
        assert_eq!(at(bytes, 0), None);
        assert_eq!(at(bytes, 16), None, "too short");
        assert_eq!(at(bytes, 1000), None);
    }

    #[test]
    fn where_a_text_ends_it_is_told_too() {
        assert_eq!(at(b"the path/\0", 9).unwrap(), "the path/");
    }

    #[test]
    fn a_long_text_is_told_from_shortly_before_the_offset() {
        let text = [[b'a'; 500].as_slice(), b"here", &[b'z'; 500]].concat();
        let told = at(&text, 500).unwrap();
        assert!(told.contains("here") && told.ends_with('…'), "{told}");
        assert!(told.chars().count() <= WIDTH + 1, "{told}");
    }

    #[test]
    fn of_a_run_only_what_is_new_is_told() {
        let a = b"one text of the programanother text";
        let b = b"one text of the programmade in /home/bobanother text";
        let [only_a, only_b] = only_in_one(&[a], &[b]);
        // Where the two meet that B has apart.
        assert_eq!(only_a.first, ["programanother"]);
        assert_eq!(only_b.first, ["programmade in /home/bobanother"]);
    }

    #[test]
    fn texts_of_one_file_are_told_and_counted() {
        let (mut a, mut b) = (b"is in both\0".to_vec(), b"is in both\0".to_vec());
        a.extend(b"the only one of A\0");
        for number in 0..TOLD + 2 {
            b.extend(format!("number {number}\0").into_bytes());
        }
        let [only_a, only_b] = only_in_one(&[&a], &[&b]);
        assert_eq!(only_a.first, ["the only one of A"]);
        assert_eq!(only_a.more, 0);
        assert_eq!((only_b.first.len(), only_b.more), (TOLD, 2));
    }
}
