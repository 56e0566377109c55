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
        (b"MZ\x90\0", "not an ELF file but a PE program"),
        (b"\xcf\xfa\xed\xfe\x0c\0\0\x01", "a Mach-O program"),
        (b"\xca\xfe\xba\xbe\0\0\0\x02", "a Mach-O program"),
        (b"\xfd7zXZ\0\0\x04", "xz data"),
        (b"070701", "a cpio archive"),
    ] {
        let message = check(bytes, Target::Aarch64).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
}

/// The offsets of header fields in files of both word sizes (`elf(5)`).
const EI_VERSION: [usize; 2] = [6, 6];
const EI_OSABI: [usize; 2] = [7, 7];
const EI_ABIVERSION: [usize; 2] = [8, 8];
const E_TYPE: [usize; 2] = [16, 16];
const E_MACHINE: [usize; 2] = [18, 18];
const E_VERSION: [usize; 2] = [20, 20];
const E_EHSIZE: [usize; 2] = [52, 40];
const E_PHENTSIZE: [usize; 2] = [54, 42];
const E_SHENTSIZE: [usize; 2] = [58, 46];

/// The result of the check for valid files of both word sizes whose field has these bytes instead.
fn check_with(field: [usize; 2], value: &[u8]) -> [Result<Linkage, CheckError>; 2] {
    let files = [ElfFile::aarch64(), ElfFile::armv7()];
    let mut targets = [Target::Aarch64, Target::Armv7].into_iter().zip(field);
    files.map(|file| {
        let (target, at) = targets.next().unwrap();
        let mut bytes = file.build();
        bytes[at..at + value.len()].copy_from_slice(value);
        check(&bytes, target)
    })
}

#[test]
fn rejects_header_fields_with_other_values_than_the_specification_allows() {
    for (field, value, words) in [
        (EI_VERSION, &[0][..], "EI_VERSION is 0, not 1"),
        (EI_VERSION, &[2], "EI_VERSION is 2, not 1"),
        (E_VERSION, &[0, 0, 0, 0], "e_version is 0, not 1"),
        (E_VERSION, &[1, 0, 0, 1], "e_version is 16777217, not 1"),
        (E_EHSIZE, &[0, 0], "e_ehsize is 0, not "),
        (E_PHENTSIZE, &[0, 0], "e_phentsize is 0, not "),
        (E_SHENTSIZE, &[1, 0], "e_shentsize is 1, not "),
    ] {
        for result in check_with(field, value) {
            let error = result.unwrap_err();
            assert_eq!(error.check(), crate::checks::Check::ElfFormat, "{error}");
            assert!(error.to_string().contains(words), "{words}: {error}");
        }
    }
}

#[test]
fn rejects_programs_for_other_operating_systems() {
    for (os_abi, words) in [
        (9, "got FreeBSD (EI_OSABI 9)"),
        (255, "got no operating system"),
        (77, "got EI_OSABI 77"),
    ] {
        for result in check_with(EI_OSABI, &[os_abi]) {
            let error = result.unwrap_err();
            assert_eq!(error.check(), crate::checks::Check::Machine, "{error}");
            assert!(error.to_string().contains(words), "{words}: {error}");
        }
    }
    for result in check_with(EI_ABIVERSION, &[1]) {
        let (os_abi, version) = (0, 1);
        assert_eq!(result, Err(CheckError::WrongOsAbi { os_abi, version }));
    }
    for result in check_with(EI_OSABI, &[3]) {
        assert_eq!(result, Ok(Linkage::Static));
    }
}

#[test]
fn reports_unknown_numbers_as_numbers() {
    for (field, value, words) in [
        (E_MACHINE, &[0xfe, 0xca][..], "got e_machine 51966;"),
        (E_MACHINE, &[8, 0], "got MIPS"),
        (E_TYPE, &[0x34, 0x12], "type 0x1234;"),
    ] {
        for result in check_with(field, value) {
            let message = result.unwrap_err().to_string();
            assert!(message.contains(words), "{words}: {message}");
            assert!(!message.contains("UNKNOWN"), "{message}");
        }
    }
}

#[test]
fn rejects_more_program_headers_than_the_kernel_accepts() {
    // 65576 bytes, in a file that has room for them.
    let mut bytes = ElfFile::aarch64().build();
    bytes.resize(70_000, 0);
    let count: u16 = 1171;
    bytes[56..58].copy_from_slice(&count.to_le_bytes());
    let message = check(&bytes, Target::Aarch64).unwrap_err().to_string();
    assert!(message.contains("the kernel accepts 65536"), "{message}");
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
