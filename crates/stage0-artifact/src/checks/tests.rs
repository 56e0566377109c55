//! Tests each check with a file for which it, and no other check, fails.

use std::collections::HashSet;

use super::*;
use stage0_testing::{
    ET_REL, ElfFile, PF_R, PF_W, PF_X, SHT_PROGBITS, SHT_STRTAB, SHT_SYMTAB, SymbolHash,
    metadata_note,
};

fn valid_file(target: Target) -> ElfFile {
    match target {
        Target::Aarch64 => ElfFile::aarch64(),
        Target::Armv7 => ElfFile::armv7(),
        Target::Riscv64 => ElfFile::riscv64(),
        Target::X86_64 => ElfFile::x86_64(),
    }
    .stage0(target.triple())
}

fn base() -> ElfFile {
    valid_file(Target::Aarch64)
}

fn requirements() -> Requirements {
    Requirements {
        version: Some("1.2.3".to_owned()),
        budget: Some(4096),
        forbidden: vec!["alice".to_owned()],
    }
}

/// The checks that fail, with their messages.
fn failed_checks(bytes: &[u8], target: Target) -> Vec<(Check, String)> {
    let failed = |finding: Finding| match finding.outcome {
        Outcome::Failed(reason) => Some((finding.check, reason)),
        _ => None,
    };
    run(bytes, target, &requirements())
        .into_iter()
        .filter_map(failed)
        .collect()
}

/// Asserts that `check` and no other fails, and that its message contains `words`.
#[track_caller]
fn assert_only_failure(check: Check, words: &str, bytes: &[u8], target: Target) {
    let failed = failed_checks(bytes, target);
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].0, check, "{failed:?}");
    assert!(failed[0].1.contains(words), "{failed:?}");
}

#[track_caller]
fn assert_only_failure_of(check: Check, words: &str, file: ElfFile) {
    assert_only_failure(check, words, &file.build(), Target::Aarch64);
}

#[test]
fn valid_files_pass_all_checks() {
    for target in Target::ALL {
        for file in [valid_file(target), valid_file(target).static_pie()] {
            let findings = run(&file.build(), target, &requirements());
            assert_eq!(findings.len(), Check::ALL.len() - CALLER_CHECKS.len());
            for finding in findings {
                assert_eq!(finding.outcome, Outcome::Passed, "{target}: {finding:?}");
            }
        }
    }
}

#[test]
fn ids_are_kebab_case_and_unique() {
    let ids: HashSet<_> = Check::ALL.into_iter().map(Check::id).collect();
    assert_eq!(ids.len(), Check::ALL.len());
    for id in ids {
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(id.chars().all(plain), "{id}");
    }
    assert!(
        Check::ALL.is_sorted(),
        "ALL is in the order of the variants"
    );
}

#[test]
fn rejects_empty_files() {
    assert_only_failure(Check::NotEmpty, "empty (0 bytes)", b"", Target::Aarch64);
}

#[test]
fn rejects_truncated_files_and_other_formats() {
    let whole = base().build();
    let short = &whole[..whole.len() - 1];
    let script: &[u8] = b"#!/bin/sh\n";
    for (bytes, words) in [(short, "truncated"), (script, "a script")] {
        assert_only_failure(Check::ElfFormat, words, bytes, Target::Aarch64);
        let skipped = run(bytes, Target::Aarch64, &requirements())
            .into_iter()
            .filter(|finding| finding.outcome == Outcome::Skipped("elf-format failed".to_owned()))
            .count();
        assert_eq!(
            skipped,
            Check::ALL.len() - 2 - CALLER_CHECKS.len(),
            "all but two"
        );
    }
}

#[test]
fn rejects_programs_for_other_machines() {
    for target in Target::ALL {
        for other in Target::ALL.into_iter().filter(|other| *other != target) {
            // The files are aligned to 64 KiB, so the check of the page alignment passes for each target.
            assert_only_failure(
                Check::Machine,
                "machine mismatch",
                &valid_file(other).build(),
                target,
            );
        }
    }
    let big_endian = ElfFile {
        big_endian: true,
        notes: vec![],
        ..base()
    };
    assert_only_failure_of(Check::Machine, "big-endian", big_endian);
    let soft_float = ElfFile {
        flags: 0x0500_0200,
        ..valid_file(Target::Armv7)
    };
    let words = "got e_flags 0x5000200";
    assert_only_failure(Check::Machine, words, &soft_float.build(), Target::Armv7);
}

#[test]
fn rejects_object_files_and_libraries() {
    let object = ElfFile {
        kind: ET_REL,
        ..base()
    };
    assert_only_failure_of(Check::ProgramType, "type REL", object);
    let library = ElfFile {
        pie: false,
        ..base().static_pie()
    };
    assert_only_failure_of(Check::ProgramType, "a shared library", library);
}

#[test]
fn rejects_dynamically_linked_programs() {
    let with_loader = ElfFile {
        interp: Some("/lib/ld-musl-aarch64.so.1"),
        ..base()
    };
    assert_only_failure_of(
        Check::Static,
        "the loader /lib/ld-musl-aarch64.so.1",
        with_loader,
    );
    let needed = ElfFile {
        needed: vec!["libc.so"],
        ..base().static_pie()
    };
    assert_only_failure_of(Check::Static, "needs libc.so", needed);
}

#[test]
fn rejects_undefined_symbols() {
    for base in [base(), base().static_pie(), valid_file(Target::Armv7)] {
        let target = Target::from_machine(base.machine).unwrap();
        for (symbol_hash, words) in [
            (SymbolHash::SysV, "2 undefined dynamic symbols, first puts;"),
            (SymbolHash::Gnu, "2 undefined dynamic symbols, first puts;"),
            (SymbolHash::Absent, "unknown number of dynamic symbols"),
        ] {
            let file = ElfFile {
                undefined: vec!["puts", "exit"],
                symbol_hash,
                ..base.clone()
            };
            assert_only_failure(Check::UndefinedSymbols, words, &file.build(), target);
        }
    }
}

#[test]
fn rejects_overlapping_and_oversized_segments() {
    let disorder = ElfFile {
        data_shift: -0x10000,
        ..base()
    };
    assert_only_failure_of(Check::Segments, "starts before the end", disorder);

    // Load, note, load, relro, stack: the sizes in memory of the second load and of relro.
    let with_sizes = |load: u64, relro: u64| {
        let mut bytes = base().build();
        for (index, size) in [(2, load), (3, relro)] {
            let at = 64 + index * 56 + 40;
            bytes[at..at + 8].copy_from_slice(&size.to_le_bytes());
        }
        bytes
    };
    for (bytes, words) in [
        (with_sizes(2, 2), "0x4 bytes in the file, but 0x2 in memory"),
        (with_sizes(u64::MAX, 4), "ends past the last address"),
    ] {
        assert_only_failure(Check::Segments, words, &bytes, Target::Aarch64);
    }
}

#[test]
fn rejects_entry_points_outside_executable_segments() {
    for entry in [0, 0x0f_ffff, 0x20000] {
        assert_only_failure_of(
            Check::EntryPoint,
            "is not in an executable segment",
            ElfFile { entry, ..base() },
        );
    }
    let arm = valid_file(Target::Armv7);
    for (shift, is_valid) in [(0, true), (1, true), (2, false), (3, true)] {
        let entry = arm.entry + shift;
        let bytes = ElfFile {
            entry,
            ..arm.clone()
        }
        .build();
        match is_valid {
            true => assert_eq!(failed_checks(&bytes, Target::Armv7), [], "{shift}"),
            false => assert_only_failure(
                Check::EntryPoint,
                "neither Thumb code nor aligned",
                &bytes,
                Target::Armv7,
            ),
        }
    }
}

#[test]
fn rejects_writable_and_executable_segments() {
    let file = ElfFile {
        text_flags: PF_R | PF_W | PF_X,
        ..base()
    };
    assert_only_failure_of(Check::WxSegments, "writable and executable", file);
}

#[test]
fn rejects_executable_stacks() {
    for (stack_flags, words) in [
        (Some(PF_R | PF_W | PF_X), "is executable"),
        (None, "no PT_GNU_STACK"),
    ] {
        assert_only_failure_of(
            Check::ExecStack,
            words,
            ElfFile {
                stack_flags,
                ..base()
            },
        );
    }
}

#[test]
fn rejects_missing_and_empty_relro() {
    let without = ElfFile {
        relro: false,
        ..base()
    };
    assert_only_failure_of(Check::Relro, "no PT_GNU_RELRO", without);
    let empty = ElfFile {
        data: vec![],
        ..base()
    };
    assert_only_failure_of(Check::Relro, "protects no part", empty);
}

#[test]
fn rejects_wrong_page_alignment() {
    let small = ElfFile {
        align: 0x1000,
        ..base()
    };
    assert_only_failure_of(Check::PageAlignment, "-zmax-page-size=16384", small.clone());
    let for_x86_64 = ElfFile {
        machine: Target::X86_64.machine(),
        ..small.stage0(Target::X86_64.triple())
    };
    assert_eq!(failed_checks(&for_x86_64.build(), Target::X86_64), []);
    let odd = ElfFile {
        align: 0x18000,
        data_shift: 0x18000,
        ..base()
    };
    assert_only_failure_of(Check::PageAlignment, "aligned to 0x18000", odd);
    let shifted = ElfFile {
        data_shift: 0x12000,
        ..base()
    };
    assert_only_failure_of(Check::PageAlignment, "cannot be mapped", shifted);
}

#[test]
fn warns_about_symbols_and_debug_information() {
    for (name, kind) in [(".symtab", SHT_SYMTAB), (".debug_info", SHT_PROGBITS)] {
        let file = ElfFile {
            sections: vec![(name, kind), (".shstrtab", SHT_STRTAB)],
            ..base()
        };
        assert_only_failure_of(Check::Stripped, name, file);
    }
    let without_any = ElfFile {
        sections: vec![],
        ..base()
    };
    assert_eq!(failed_checks(&without_any.build(), Target::Aarch64), []);
    assert_eq!(Check::Stripped.severity(), Severity::Warning);
}

#[test]
fn rejects_paths_of_build_machines() {
    let with = |text: &str| ElfFile {
        data: text.as_bytes().to_vec(),
        ..base()
    };
    for (text, words) in [
        (
            "src/main.rs/home/bob/stage0/src/main.rs\0x",
            "\"/home/bob/stage0/src/main.rs\"",
        ),
        ("/root/.cargo/registry/src/x.rs", "/root/.cargo"),
        ("made by alice", "forbidden: \"alice\""),
        ("bazel-out/k8-opt/bin/x.rs", "bazel-out"),
    ] {
        assert_only_failure_of(Check::Paths, words, with(text));
    }
    let harmless = "/rustc/8bab26f4/library/core/src/fmt.rs\0stage0/src/init.rs/etc/stage0/root--version\
                    /dev/console/dev/kmsg/bin/sh/proc/self/exe/usr/lib/debug";
    assert_eq!(failed_checks(&with(harmless).build(), Target::Aarch64), []);
}

#[test]
fn rejects_missing_and_wrong_metadata() {
    let with = |notes| ElfFile { notes, ..base() };
    let note = |json: &str| vec![metadata_note(json)];
    for (notes, words) in [
        (vec![], "no package metadata note"),
        (note("{"), "invalid package metadata note"),
        (
            note(r#"{"type":"fastboop","name":"fastboop","version":"1.2.3","target":"t"}"#),
            "got fastboop;",
        ),
        (
            base().stage0("aarch64-unknown-linux-gnu").notes,
            "got aarch64-unknown-linux-gnu",
        ),
        (
            note(
                r#"{"type":"fastboop","name":"fastboop-stage0","version":"1.2.4","target":"aarch64-unknown-linux-musl"}"#,
            ),
            "expected 1.2.3, got 1.2.4",
        ),
    ] {
        assert_only_failure_of(Check::Identity, words, with(notes));
    }
}

#[test]
fn rejects_files_larger_than_the_budget() {
    let large = ElfFile {
        data: vec![0; 4096],
        ..base()
    };
    assert_only_failure_of(Check::Size, "more than the budget of 4096", large);
    let findings = run(&base().build(), Target::Aarch64, &Requirements::default());
    let size = findings.iter().find(|finding| finding.check == Check::Size);
    assert_eq!(
        size.unwrap().outcome,
        Outcome::Skipped("no size budget is set".to_owned())
    );
}

#[test]
fn messages_match_elf_check() {
    let files = [
        ElfFile {
            interp: Some("/lib/ld.so"),
            ..base()
        }
        .build(),
        ElfFile {
            pie: false,
            ..base().static_pie()
        }
        .build(),
        ElfFile {
            kind: ET_REL,
            ..base()
        }
        .build(),
        valid_file(Target::X86_64).build(),
        b"!<arch>\n".to_vec(),
        vec![],
    ];
    for bytes in files {
        let error = crate::elf::check(&bytes, Target::Aarch64).unwrap_err();
        assert_only_failure(error.check(), &error.to_string(), &bytes, Target::Aarch64);
    }
}
