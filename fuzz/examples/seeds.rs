//! Writes the seed corpora: `cargo run --example seeds`, in fuzz/.

use std::fs;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::Path;

use initramfs::{Compression, Compressor, Content, Source, Tree};
use smoo_wire::{Export, ExportId, Ident, Operation, Request, Status, encode_exports};
use stage0_testing::{ElfFile, PF_W, SymbolHash};

fn main() -> io::Result<()> {
    write("elf_check", elf_files())?;
    write("block_probe", devices())?;
    write("initramfs", images()?)?;
    write("decompress", streams()?)?;
    write("blocks", blocks()?)?;
    write("boot_files", boot_files())?;
    write("device_tree", device_trees()?)?;
    write("profile", profiles()?)?;
    write("smoo_wire", messages())?;
    write("usb_root_host", devices_with_roots())
}

/// One message of each kind.
fn messages() -> Vec<(String, Vec<u8>)> {
    let id = ExportId(NonZeroU32::MIN);
    let request = Request {
        operation: Operation::Read,
        id: 1,
        export: id,
        block: 2,
        blocks: 8,
    };
    let status = Status {
        is_active: true,
        exports: 1,
        session: 1,
    };
    let exports: Vec<_> = Export::new(id, 512, 4096).into_iter().collect();
    [
        ("ident", Ident::CURRENT.encode().to_vec()),
        ("status", status.encode().to_vec()),
        ("request", request.encode().to_vec()),
        ("exports", encode_exports(&exports)),
    ]
    .map(|(name, message)| (name.to_owned(), message))
    .into()
}

/// The messages of a device with a valid session.
fn devices_with_roots() -> Vec<(String, Vec<u8>)> {
    let messages = messages();
    let find = |name: &str| {
        let found = messages.iter().find(|(found, _)| found == name);
        found
            .map(|(_, message)| message.clone())
            .unwrap_or_default()
    };
    let session = [find("ident"), find("status"), find("request").repeat(3)];
    vec![("session".to_owned(), session.concat())]
}

fn profiles() -> io::Result<Vec<(String, Vec<u8>)>> {
    let read = |name: &str| {
        let path = Path::new("../crates/device-profiles").join(name);
        Ok((name.replace('/', "-"), fs::read(path)?))
    };
    ["src/parse/complete.yaml", "profiles/arrow-db410c.yaml"]
        .map(read)
        .into_iter()
        .collect()
}

/// A short text in each compression that we write.
fn streams() -> io::Result<Vec<(String, Vec<u8>)>> {
    let stream = |compression: Compression| {
        let mut compressor = Compressor::new(Vec::new(), compression)?;
        compressor.write_all(&b"compressible ".repeat(20))?;
        Ok((compression.name().to_owned(), compressor.finish()?))
    };
    Compression::ALL.into_iter().map(stream).collect()
}

/// Streams of several blocks.
fn blocks() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut streams = streams()?;
    for (_, stream) in &mut streams {
        *stream = stream.repeat(3);
    }
    let zstd = fs::read("../tests/images/seeds/disk/gpt.seekable.zst")?;
    streams.push(("seekable".to_owned(), zstd));
    Ok(streams)
}

/// An entry of the boot menu, a deviceinfo, and an arm64 Image with its version.
fn boot_files() -> Vec<(String, Vec<u8>)> {
    let mut image = vec![0; 64];
    image[56..60].copy_from_slice(b"ARM\x64");
    image.extend(b"Linux version 7.2.12-arm64 (builder) #1\0");
    vec![
        (
            "entry".to_owned(),
            b"title A\nlinux /vmlinuz\noptions root=/dev/sda1 ostree=/ostree/boot.1/a/b/0\n"
                .to_vec(),
        ),
        (
            "deviceinfo".to_owned(),
            b"deviceinfo_dtb=\"qcom/a\"\ndeviceinfo_flash_offset_base=\"0x80000000\"\n".to_vec(),
        ),
        ("image".to_owned(), image),
    ]
}

fn device_trees() -> io::Result<Vec<(String, Vec<u8>)>> {
    let read = |name: &str| {
        let path = Path::new("../tests/images/seeds/device-tree").join(name);
        Ok((name.to_owned(), fs::read(path)?))
    };
    ["base.dtb", "overlay.dtb", "second.dtb"]
        .map(read)
        .into_iter()
        .collect()
}

fn write(target: &str, files: Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let corpus = Path::new("corpus").join(target);
    fs::create_dir_all(&corpus)?;
    for (name, bytes) in files {
        fs::write(corpus.join(name), bytes)?;
    }
    Ok(())
}

fn images() -> io::Result<Vec<(String, Vec<u8>)>> {
    let image = |compression: Compression| {
        let bytes = initramfs(compression)?;
        Ok((compression.name().to_owned(), bytes))
    };
    Compression::ALL.into_iter().map(image).collect()
}

/// A plain archive with every file type, followed by a compressed one.
fn initramfs(compression: Compression) -> io::Result<Vec<u8>> {
    let mut tree = Tree::default();
    let mut insert = |path: &str, mode, content| {
        let inserted = tree.insert(Path::new(path), mode, content);
        inserted.map_err(io::Error::other)
    };
    let bytes = Content::Regular(Source::Bytes(b"content".as_slice().into()));
    insert("etc/file", 0o644, bytes)?;
    insert("etc/link", 0o777, Content::Symlink("file".into()))?;
    insert("dev/console", 0o600, Content::CharacterDevice(5, 1))?;
    let mut image = Vec::new();
    let write = |output: &mut dyn Write| {
        let written = tree.write(output, 0, &mut |_| ());
        written.map_err(io::Error::other)
    };
    write(&mut image)?;
    let mut compressor = Compressor::new(image, compression)?;
    write(&mut compressor)?;
    compressor.finish()
}

/// The first bytes of block devices: the magic numbers of each format, and some fields.
fn devices() -> Vec<(String, Vec<u8>)> {
    let device = |name: &str, parts: &[(usize, &[u8])]| {
        let mut bytes = vec![0; 2048];
        for (offset, part) in parts {
            bytes[*offset..*offset + part.len()].copy_from_slice(part);
        }
        (name.to_owned(), bytes)
    };
    let label = b"label";
    vec![
        device("erofs", &[(1024, &[0xe2, 0xe1, 0xf5, 0xe0]), (1088, label)]),
        device("ext4", &[(1080, &[0x53, 0xef]), (1144, label)]),
        device("squashfs", &[(0, b"hsqs"), (28, &[4])]),
        device(
            "mbr",
            &[(440, b"abcd"), (450, &[0x83]), (510, &[0x55, 0xaa])],
        ),
        device(
            "gpt",
            &[
                (512, b"EFI PART"),
                (512 + 72, &[2]),
                (512 + 80, &[4, 0, 0, 0, 128]),
                (1024, &[1; 128]),
            ],
        ),
    ]
}

/// The variants of ELF files that the tests use, for every target.
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
