//! Where and how two files differ, in the words of ELF, in one screen.
//!
//! [`explain`] cuts both files into [`Part`](parts)s (headers, sections, what is between them), compares those with the same name, and
//! says of each that differs: its sizes, how many bytes, the first place, the symbol that covers it and the text there. Texts that only
//! one file has come first: one byte more in one place moves all addresses after it, and what was put in is seldom at the first
//! difference. Files that are no ELF are compared byte by byte.
//!
//! Nothing here panics on any bytes; what of a file cannot be understood is left out or compared as bytes.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod explanation;
mod parts;
mod texts;

use std::collections::BTreeMap;

pub use explanation::{Explanation, Place, Texts, Unlike};
use parts::{Part, Parts};

/// Says where and how two files differ.
pub fn explain<'a>(a: &'a [u8], b: &'a [u8]) -> Explanation {
    if a == b {
        return Explanation::Same;
    }
    match (Parts::of(a), Parts::of(b)) {
        (Some(parts_a), Some(parts_b)) => {
            let unlike = unlike(&parts_a, &parts_b);
            let bytes = |parts: &Parts<'a>| {
                let differs = |part: &&Part<'_>| unlike.iter().any(|it| it.part == part.name());
                parts
                    .iter()
                    .filter(differs)
                    .map(Part::bytes)
                    .collect::<Vec<_>>()
            };
            Explanation::Elf {
                sizes: [a.len(), b.len()],
                texts: texts::only_in_one(&bytes(&parts_a), &bytes(&parts_b)),
                unlike,
            }
        }
        _ => Explanation::Bytes {
            sizes: [a.len(), b.len()],
            place: place(a, b),
        },
    }
}

/// What differs, part by part, in the order of A; at last what only B has.
fn unlike(a: &Parts<'_>, b: &Parts<'_>) -> Vec<Unlike> {
    let mut rest: BTreeMap<&str, &Part<'_>> = b.iter().map(|part| (part.name(), part)).collect();
    let mut found = Vec::new();
    for part in a.iter() {
        match rest.remove(part.name()) {
            None => found.push(Unlike::only(part.name(), [Some(part.bytes().len()), None])),
            Some(other) if other.bytes() == part.bytes() => {}
            Some(other) => found.push(Unlike {
                part: part.name().to_owned(),
                sizes: [Some(part.bytes().len()), Some(other.bytes().len())],
                place: symbolic(place(part.bytes(), other.bytes()), part, a, b),
            }),
        }
    }
    let only_b = rest
        .values()
        .map(|part| Unlike::only(part.name(), [None, Some(part.bytes().len())]));
    found.extend(only_b);
    found
}

/// The first difference of two byte strings; `None` where one only goes on after the other's end.
fn place(a: &[u8], b: &[u8]) -> Option<Place> {
    let both = || a.iter().zip(b);
    let offset = both().position(|(a, b)| a != b)?;
    Some(Place {
        offset,
        file_offset: offset,
        differing: both().filter(|(a, b)| a != b).count(),
        symbol: None,
        texts: [texts::at(a, offset), texts::at(b, offset)],
    })
}

/// The place, which is one in a part, with what is known of it in the file.
fn symbolic(place: Option<Place>, part: &Part<'_>, a: &Parts<'_>, b: &Parts<'_>) -> Option<Place> {
    let place = place?;
    let address = part.address(place.offset);
    let symbol = address.and_then(|address| a.symbol(address).or_else(|| b.symbol(address)));
    Some(Place {
        file_offset: part.offset() + place.offset,
        symbol,
        ..place
    })
}
