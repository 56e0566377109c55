//! Tests of the check for static programs.

use super::*;
use stage0_testing::{ET_REL, ElfFile, metadata_note};

fn good(target: Target) -> ElfFile {
    match target {
        Target::Aarch64 => ElfFile::aarch64(),
        Target::Armv7 => ElfFile::armv7(),
        Target::Riscv64 => ElfFile::riscv64(),
        Target::X86_64 => ElfFile::x86_64(),
    }
}

fn message(file: &ElfFile) -> String {
    check(&file.build(), Target::Aarch64)
        .unwrap_err()
        .to_string()
}

#[test]
fn accepts_static_programs_for_their_target_only() {
    for made_for in Target::ALL {
        let file = good(made_for);
        let pie = file.clone().static_pie();
        for target in Target::ALL {
            if made_for == target {
                assert_eq!(check(&file.build(), target), Ok(Linkage::Static));
                assert_eq!(check(&pie.build(), target), Ok(Linkage::StaticPie));
            } else {
                let found = made_for.machine();
                let wrong = CheckError::WrongMachine { found, target };
                assert_eq!(check(&file.build(), target), Err(wrong));
            }
        }
    }
}

#[test]
fn rejects_other_machines_and_reports_both() {
    let expected = "machine mismatch: expected AArch64 (e_machine 183) for \
                    aarch64-unknown-linux-musl, got x86-64 (e_machine 62); \
                    build or download the artifact for that target";
    assert_eq!(message(&ElfFile::x86_64()), expected);
}

#[test]
fn rejects_other_word_sizes_and_byte_orders() {
    let ilp32 = ElfFile {
        is_64: false,
        ..ElfFile::aarch64()
    };
    assert!(
        message(&ilp32).contains("got a 32-bit one"),
        "{}",
        message(&ilp32)
    );
    let big = ElfFile {
        big_endian: true,
        ..ElfFile::aarch64()
    };
    assert!(
        message(&big).contains("got a big-endian one"),
        "{}",
        message(&big)
    );
}

#[test]
fn rejects_arm_without_hard_float() {
    for flags in [0x0500_0200, 0x0400_0400, 0] {
        let soft = ElfFile {
            flags,
            ..ElfFile::armv7()
        };
        assert_eq!(
            check(&soft.build(), Target::Armv7),
            Err(CheckError::SoftFloat(flags, Target::Armv7))
        );
    }
}

#[test]
fn rejects_dynamically_linked_programs_and_reports_the_library() {
    let base = ElfFile::aarch64();
    let interp = ElfFile {
        interp: Some("/lib/ld-musl-aarch64.so.1"),
        ..base.clone()
    };
    assert!(
        message(&interp).contains("/lib/ld-musl-aarch64.so.1"),
        "{}",
        message(&interp)
    );
    let needed = ElfFile {
        needed: vec!["libc.so", "libm.so"],
        ..base.clone()
    };
    assert!(
        message(&needed).contains("needs libc.so,"),
        "{}",
        message(&needed)
    );
    let pie = ElfFile {
        needed: vec!["libc.so"],
        ..base.static_pie()
    };
    assert!(
        message(&pie).contains("needs libc.so,"),
        "{}",
        message(&pie)
    );
}

#[test]
fn rejects_shared_libraries() {
    let pie = ElfFile::aarch64().static_pie();
    let unmarked = ElfFile {
        pie: false,
        ..pie.clone()
    };
    let no_entry = ElfFile { entry: 0, ..pie };
    for file in [unmarked, no_entry] {
        assert_eq!(
            check(&file.build(), Target::Aarch64),
            Err(CheckError::SharedLibrary)
        );
    }
}

#[test]
fn rejects_files_that_cannot_run() {
    let object = ElfFile {
        kind: ET_REL,
        ..ElfFile::aarch64()
    };
    assert!(
        message(&object).contains("type REL"),
        "{}",
        message(&object)
    );
    for (bytes, words) in [
        (&b""[..], "empty"),
        (b"#!/bin/sh\n", "a script"),
        (b"!<arch>\n", "a static library"),
        (b"\x7fEL", "not an ELF"),
        (b"hello", "not an ELF file;"),
    ] {
        let message = check(bytes, Target::Aarch64).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
}

/// Files that have each kind of header.
fn files_with_all_headers() -> [Vec<u8>; 4] {
    let notes = vec![metadata_note("{}")];
    let base = ElfFile {
        notes,
        ..ElfFile::aarch64()
    };
    let dynamic = ElfFile {
        interp: Some("/lib/ld.so"),
        needed: vec!["libc.so.6"],
        ..base.clone()
    };
    let arm = ElfFile {
        machine: 40,
        is_64: false,
        ..base.clone().static_pie()
    };
    [base.clone(), base.static_pie(), dynamic, arm].map(|file| file.build())
}

#[test]
fn rejects_every_truncation() {
    for bytes in files_with_all_headers() {
        for length in 0..bytes.len() {
            for target in [Target::Aarch64, Target::Armv7] {
                assert!(check(&bytes[..length], target).is_err(), "{length} bytes");
            }
        }
    }
}

/// Sets each byte of the file to extreme values. Only a panic, an overflow or an endless loop fails this
/// test.
#[test]
fn damaged_bytes_do_not_panic() {
    for bytes in files_with_all_headers() {
        for at in 0..bytes.len() {
            for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
                for width in [1, 2, 4, 8] {
                    let mut damaged = bytes.clone();
                    let end = bytes.len().min(at + width);
                    damaged[at..end].fill(value);
                    for target in [Target::Aarch64, Target::Armv7] {
                        let _ = crate::Artifact::inspect(&damaged, Some(target));
                    }
                }
            }
        }
    }
}
