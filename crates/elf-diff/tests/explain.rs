//! Real ELF files: this test itself, and those of `stage0-testing`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;

use elf_diff::{Explanation, Unlike, explain};
use stage0_testing::ElfFile;

/// This very test, which is an ELF file with sections and symbols.
fn own() -> Vec<u8> {
    fs::read(std::env::current_exe().unwrap()).unwrap()
}

/// In this file's bytes once, and in a section.
#[used]
static MARK: [u8; 24] = *b"elf-diff's mark: 0123456";

fn unlike(explanation: &Explanation) -> &[Unlike] {
    match explanation {
        Explanation::Elf { unlike, .. } => unlike,
        _ => panic!("{explanation:?}"),
    }
}

/// Where the bytes are.
fn find(bytes: &[u8], wanted: &[u8]) -> usize {
    let mut windows = bytes.windows(wanted.len());
    windows.position(|window| window == wanted).unwrap()
}

#[test]
fn the_same_bytes_are_the_same() {
    let own = own();
    assert!(matches!(explain(&own, &own), Explanation::Same));
}

#[test]
fn a_changed_text_is_told_with_section_and_symbol() {
    assert_eq!(MARK[0], b'e');
    let (a, mut b) = (own(), own());
    let at = find(&a, &MARK);
    b[at + 17] = b'X';
    let explanation = explain(&a, &b);
    let [only] = unlike(&explanation) else {
        panic!("{explanation}");
    };
    assert!(only.part.contains("rodata"), "{explanation}");
    let place = only.place.as_ref().unwrap();
    assert_eq!((place.file_offset, place.differing), (at + 17, 1));
    let symbol = place.symbol.as_ref().unwrap();
    assert!(symbol.contains("MARK"), "{symbol}");
    assert!(symbol.ends_with("+0x11"), "{symbol}");
    let [in_a, in_b] = place.texts.each_ref().map(|text| text.as_deref().unwrap());
    assert!(in_a.contains("elf-diff's mark: 0123456"), "{in_a}");
    assert!(in_b.contains("elf-diff's mark: X123456"), "{in_b}");
    let shown = explanation.to_string();
    assert!(
        shown.contains("only in B: ") && shown.contains("X123456"),
        "{shown}"
    );
}

#[test]
fn where_all_has_moved_the_texts_tell_why() {
    let file = |text: &str| {
        ElfFile {
            data: text.into(),
            ..ElfFile::x86_64().static_pie()
        }
        .build()
    };
    let explanation = explain(&file("made in /home/alice"), &file("made in /srv/bob"));
    assert!(unlike(&explanation).len() > 1, "{explanation}");
    let shown = explanation.to_string();
    assert!(
        shown.contains("only in A: \"de in /home/alice\""),
        "{shown}"
    );
    assert!(shown.contains("only in B: \"de in /srv/bob\""), "{shown}");
    assert!(shown.lines().count() <= 24, "one screen: {shown}");
}

#[test]
fn without_sections_segments_are_told() {
    let file = |text: &'static str| {
        ElfFile {
            sections: Vec::new(),
            data: text.into(),
            ..ElfFile::aarch64()
        }
        .build()
    };
    let explanation = explain(&file("data number 1"), &file("data number 2"));
    let parts = unlike(&explanation);
    assert!(
        parts
            .iter()
            .any(|part| part.part.starts_with("segment PT_LOAD")),
        "{explanation}"
    );
}

#[test]
fn a_header_is_told_as_one() {
    let a = ElfFile::x86_64();
    let b = ElfFile {
        entry: a.entry + 4,
        ..a.clone()
    };
    let explanation = explain(&a.build(), &b.build());
    let [header] = unlike(&explanation) else {
        panic!("{explanation}");
    };
    assert_eq!(header.part, "ELF header");
    assert_eq!(header.place.as_ref().unwrap().file_offset, 24, "e_entry");
}

#[test]
fn bytes_after_the_end_are_told() {
    let a = ElfFile::armv7().build();
    let b = [a.as_slice(), b"appended to the file"].concat();
    let explanation = explain(&a, &b);
    let shown = explanation.to_string();
    assert!(shown.contains("20 bytes, only in B"), "{shown}");
    assert!(
        shown.contains("only in B: \"appended to the file\""),
        "{shown}"
    );
}

#[test]
fn what_is_no_elf_is_told_by_its_offset() {
    let shown = explain(b"one text here", b"one TEXT here, longer").to_string();
    assert!(
        shown.contains("no ELF files; 13 bytes in A, 21 in B"),
        "{shown}"
    );
    assert!(shown.contains("byte 4: 4 differ"), "{shown}");
    assert!(shown.contains("\"one text here\" in A"), "{shown}");
    let shown = explain(b"one", b"one more").to_string();
    assert!(shown.contains("one is the start of the other"), "{shown}");
}

#[test]
fn damaged_files_are_compared_all_the_same() {
    let whole = ElfFile::aarch64().static_pie().build();
    for end in 0..whole.len() {
        let explanation = explain(&whole, &whole[..end]);
        assert!(!matches!(explanation, Explanation::Same));
        assert!(!explanation.to_string().is_empty());
    }
    // Each byte of the headers, at its largest.
    for at in 4..64 {
        let mut damaged = whole.clone();
        damaged[at] = 0xff;
        assert!(!explain(&whole, &damaged).to_string().is_empty());
    }
}
