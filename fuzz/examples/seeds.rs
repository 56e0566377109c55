//! Writes the files that fuzzing starts from: `cargo run --example seeds`, in fuzz/.

use std::fs;
use std::io;
use std::path::Path;

use stage0_testing::{ElfFile, PF_W, SymbolHash};

fn main() -> io::Result<()> {
    let corpus = Path::new("corpus/elf_check");
    fs::create_dir_all(corpus)?;
    for (name, bytes) in elf_files() {
        fs::write(corpus.join(name), bytes)?;
    }
    Ok(())
}

/// Every kind of file that the tests make, for every machine.
fn elf_files() -> Vec<(String, Vec<u8>)> {
    let machines = [
        ("aarch64-unknown-linux-musl", ElfFile::aarch64()),
        ("armv7-unknown-linux-musleabihf", ElfFile::armv7()),
        ("riscv64gc-unknown-linux-musl", ElfFile::riscv64()),
        ("x86_64-unknown-linux-musl", ElfFile::x86_64()),
    ];
    let mut files = Vec::new();
    for (triple, file) in machines {
        let good = file.stage0(triple);
        let dynamic = ElfFile {
            interp: Some("/lib/ld.so"),
            needed: vec!["libc.so"],
            ..good.clone()
        };
        let undefined = |symbol_hash| ElfFile {
            undefined: vec!["puts", "exit"],
            symbol_hash,
            ..good.clone().static_pie()
        };
        let big_endian = ElfFile {
            big_endian: true,
            ..good.clone()
        };
        let symbols = ElfFile {
            sections: vec![(".debug_info", 1), (".symtab", 2), (".shstrtab", 3)],
            text_flags: good.text_flags | PF_W,
            data: b"/home/alice/".to_vec(),
            ..good.clone()
        };
        for (kind, file) in [
            ("static", good.clone()),
            ("pie", good.clone().static_pie()),
            ("dynamic", dynamic),
            ("sysv", undefined(SymbolHash::SysV)),
            ("gnu", undefined(SymbolHash::Gnu)),
            ("big-endian", big_endian),
            ("symbols", symbols),
        ] {
            files.push((format!("{kind}-{triple}"), file.build()));
        }
    }
    files
}
