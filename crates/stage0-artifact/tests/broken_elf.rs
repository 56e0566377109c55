//! Runs the checks on damaged files: the right check rejects each file, and none panics.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::ops::Range;

use stage0_artifact::checks::{self, Check, Finding, Outcome, Requirements};
use stage0_artifact::{Target, elf};
use stage0_testing::ElfFile;

/// The valid files that the tests damage: of both word sizes, with fixed addresses and position independent.
fn complete_files() -> Vec<(Target, Vec<u8>)> {
    let aarch64 = ElfFile::aarch64().stage0(Target::Aarch64.triple());
    let armv7 = ElfFile::armv7().stage0(Target::Armv7.triple());
    vec![
        (Target::Aarch64, aarch64.build()),
        (Target::Aarch64, aarch64.static_pie().build()),
        (Target::Armv7, armv7.build()),
        (Target::Armv7, armv7.static_pie().build()),
    ]
}

/// Offsets of the fields of an ELF file in both word sizes (`elf(5)`).
struct Layout {
    is_64: bool,
}

impl Layout {
    fn read(bytes: &[u8]) -> Self {
        Layout {
            is_64: bytes[4] == 2,
        }
    }

    fn select(&self, in_64: usize, in_32: usize) -> usize {
        if self.is_64 { in_64 } else { in_32 }
    }

    fn header(&self) -> usize {
        self.select(64, 52)
    }

    fn program_header(&self) -> usize {
        self.select(56, 32)
    }

    fn word(&self, at: usize) -> Range<usize> {
        at..at + self.select(8, 4)
    }

    /// `e_phoff` and `e_shoff`.
    fn table_offsets(&self) -> [Range<usize>; 2] {
        let (programs, sections) = (self.select(32, 28), self.select(40, 32));
        [self.word(programs), self.word(sections)]
    }

    fn program_count(&self) -> usize {
        self.select(56, 44)
    }

    /// `p_offset`, `p_vaddr`, `p_filesz`, `p_memsz` of a segment.
    fn segment(&self, index: usize) -> [Range<usize>; 4] {
        let start = self.header() + index * self.program_header();
        [
            self.select(8, 4),
            self.select(16, 8),
            self.select(32, 16),
            self.select(40, 20),
        ]
        .map(|field| self.word(start + field))
    }
}

fn run(bytes: &[u8], target: Target) -> Vec<Finding> {
    checks::run(bytes, target, &Requirements::default())
}

fn failed_checks(bytes: &[u8], target: Target) -> Vec<Check> {
    run(bytes, target)
        .into_iter()
        .filter(|finding| matches!(finding.outcome, Outcome::Failed(_)))
        .map(|finding| finding.check)
        .collect()
}

/// Returns a copy of `bytes` with `range` filled with `value`.
fn fill(bytes: &[u8], range: Range<usize>, value: u8) -> Vec<u8> {
    let mut broken = bytes.to_vec();
    broken[range].fill(value);
    broken
}

#[test]
fn accepts_the_complete_files() {
    for (target, bytes) in complete_files() {
        assert_eq!(failed_checks(&bytes, target), []);
    }
}

#[test]
fn rejects_truncation_at_every_header_boundary() {
    for (target, bytes) in complete_files() {
        let layout = Layout::read(&bytes);
        let segments = usize::from(bytes[layout.program_count()]);
        let sections = bytes.len() - 2 * layout.select(64, 40);
        // The ends of the identification, the header, each program header, each segment and each section header;
        // each file is truncated there, and one byte before and after.
        let mut boundaries = vec![4, 16, layout.header()];
        boundaries
            .extend((1..=segments).map(|count| layout.header() + count * layout.program_header()));
        for index in 0..segments {
            let [offset, _, size, _] = layout.segment(index);
            let value = |range: Range<usize>| {
                let mut word = [0; 8];
                word[..range.len()].copy_from_slice(&bytes[range]);
                u64::from_le_bytes(word) as usize
            };
            boundaries.push(value(offset.clone()) + value(size));
        }
        boundaries.extend([sections, sections + layout.select(64, 40), bytes.len()]);
        for boundary in boundaries {
            for length in boundary.saturating_sub(1)..=(boundary + 1).min(bytes.len() - 1) {
                let expected = if length == 0 {
                    Check::NotEmpty
                } else {
                    Check::ElfFormat
                };
                assert_eq!(
                    failed_checks(&bytes[..length], target),
                    [expected],
                    "{length} bytes"
                );
            }
        }
    }
}

#[test]
fn rejects_huge_offsets_and_sizes() {
    for (target, bytes) in complete_files() {
        let layout = Layout::read(&bytes);
        let [load_offset, _, load_size, _] = layout.segment(0);
        let [note_offset, _, note_size, _] = layout.segment(1);
        let fields = [load_offset, load_size, note_offset, note_size];
        for field in fields.into_iter().chain(layout.table_offsets()) {
            // The maximum of the unsigned type, and that of the signed type of the same size.
            let mut positive = fill(&bytes, field.clone(), 0xff);
            positive[field.end - 1] = 0x7f;
            for broken in [fill(&bytes, field.clone(), 0xff), positive] {
                assert_eq!(
                    failed_checks(&broken, target),
                    [Check::ElfFormat],
                    "{field:?}"
                );
            }
        }
        let broken = fill(&bytes, layout.segment(0)[3].clone(), 0xff);
        assert!(failed_checks(&broken, target).contains(&Check::Segments));
    }
}

#[test]
fn rejects_overlapping_tables_and_segments() {
    for (target, bytes) in complete_files() {
        let layout = Layout::read(&bytes);
        // The table of program headers starts at byte 0, where the file header is.
        let [programs, _] = layout.table_offsets();
        assert_ne!(failed_checks(&fill(&bytes, programs, 0), target), []);

        // The second PT_LOAD, which is before relro and stack, gets the address of the first.
        let segments = usize::from(bytes[layout.program_count()]);
        let [_, first, ..] = layout.segment(0);
        let [_, second, ..] = layout.segment(segments - 3);
        let mut broken = bytes.clone();
        broken.copy_within(first, second.start);
        assert!(failed_checks(&broken, target).contains(&Check::Segments));
    }
}

#[test]
fn rejects_other_classes_and_byte_orders() {
    for (target, bytes) in complete_files() {
        // Which checks fail depends on the class, because the fields have other offsets; but one always does.
        for (at, values) in [(4, [0, 1, 2, 3, 0xff]), (5, [0, 1, 2, 3, 0xff])] {
            for value in values.into_iter().filter(|value| *value != bytes[at]) {
                let failed = failed_checks(&fill(&bytes, at..at + 1, value), target);
                assert_ne!(failed, [], "byte {at} is {value}");
            }
        }
    }
    for (target, file) in [
        (Target::Aarch64, ElfFile::aarch64()),
        (Target::Armv7, ElfFile::armv7()),
    ] {
        let other_class = ElfFile {
            is_64: !file.is_64,
            ..file.clone()
        };
        let big_endian = ElfFile {
            big_endian: true,
            ..file
        };
        for file in [other_class, big_endian] {
            let failed = failed_checks(&file.build(), target);
            assert_eq!(failed[0], Check::Machine, "{failed:?}");
        }
    }
}

#[test]
fn rejects_zero_and_too_many_program_headers() {
    for (target, bytes) in complete_files() {
        let count = Layout::read(&bytes).program_count();
        let broken = fill(&bytes, count..count + 2, 0);
        assert_eq!(failed_checks(&broken, target), [Check::ElfFormat]);
        let many = fill(&bytes, count..count + 2, 0xff);
        assert_eq!(failed_checks(&many, target), [Check::ElfFormat]);
    }
}

#[test]
fn rejects_dynamic_programs_scripts_and_archives() {
    // The executable of this test, which is dynamically linked.
    let own_executable = fs::read(std::env::current_exe().unwrap()).unwrap();
    let machine = u16::from_le_bytes([own_executable[18], own_executable[19]]);
    let target = Target::from_machine(machine).expect("a machine that stage0 has a target for");
    let failed_here = failed_checks(&own_executable, target);
    for check in [Check::Static, Check::UndefinedSymbols, Check::Stripped] {
        assert!(failed_here.contains(&check), "{failed_here:?}");
    }
    assert!(!failed_here.contains(&Check::ElfFormat), "{failed_here:?}");

    for bytes in [
        &b"#!/bin/sh\nexec stage0\n"[..],
        b"!<arch>\nstage0.o/       0           0     0     644     4         `\n\x7fELF",
        b"\x1f\x8b\x08\0",
        b"\x28\xb5\x2f\xfd\0",
        b"<!DOCTYPE html><title>404</title>",
        b"version https://git-lfs.github.com/spec/v1\n",
        b"070701",
        b"\x7fELF",
        b"\0",
    ] {
        assert_eq!(
            failed_checks(bytes, Target::Aarch64),
            [Check::ElfFormat],
            "{bytes:?}"
        );
        assert!(elf::check(bytes, Target::Aarch64).is_err());
    }
    assert_eq!(failed_checks(b"", Target::Aarch64), [Check::NotEmpty]);
}

/// Sets each word of the file to extreme values. Only a panic, an overflow or an endless loop fails this test.
#[test]
fn damaged_words_never_panic() {
    for (target, bytes) in complete_files() {
        for at in (0..bytes.len()).step_by(4) {
            for value in [0x00, 0x7f, 0x80, 0xff] {
                for width in [4, 8] {
                    let end = bytes.len().min(at + width);
                    assert!(!run(&fill(&bytes, at..end, value), target).is_empty());
                }
            }
        }
    }
}
