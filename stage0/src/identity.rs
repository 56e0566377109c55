//! Who this is: name, version and target, for people, for programs and inside the ELF file.
//!
//! fastboop, which carries stage0 but cannot run it, reads the ELF note. Its format is "package
//! metadata for executable files", see
//! <https://uapi-group.org/specifications/specs/package_metadata_for_executable_files/>; the reader
//! is `crates/stage0-artifact/src/metadata.rs`.

/// The triple that this was compiled for. The vendor is not asked for: some distributions name
/// themselves there.
macro_rules! target {
    () => {
        concat!(architecture!(), "-unknown-linux-", libc!(), abi!())
    };
}

#[cfg(target_arch = "aarch64")]
macro_rules! architecture {
    () => {
        "aarch64"
    };
}
#[cfg(target_arch = "arm")]
macro_rules! architecture {
    () => {
        "armv7"
    };
}
#[cfg(target_arch = "riscv64")]
macro_rules! architecture {
    () => {
        "riscv64gc"
    };
}
#[cfg(target_arch = "x86_64")]
macro_rules! architecture {
    () => {
        "x86_64"
    };
}

#[cfg(target_env = "gnu")]
macro_rules! libc {
    () => {
        "gnu"
    };
}
#[cfg(target_env = "musl")]
macro_rules! libc {
    () => {
        "musl"
    };
}

#[cfg(target_abi = "eabihf")]
macro_rules! abi {
    () => {
        "eabihf"
    };
}
#[cfg(not(target_abi = "eabihf"))]
macro_rules! abi {
    () => {
        ""
    };
}

macro_rules! identity {
    () => {
        concat!(
            r#"{"type":"fastboop","name":"fastboop-stage0","version":""#,
            env!("CARGO_PKG_VERSION"),
            r#"","target":""#,
            target!(),
            r#""}"#
        )
    };
}

/// One line for people.
pub const LINE: &str = concat!(
    "fastboop-stage0 ",
    env!("CARGO_PKG_VERSION"),
    " (",
    target!(),
    ")"
);

/// One JSON object for programs. The same bytes are in [`NOTE`].
pub const JSON: &str = identity!();

/// An ELF note (`elf(5)`): sizes and type, owner, content.
#[repr(C, align(4))]
struct Note {
    owner_size: u32,
    content_size: u32,
    kind: u32,
    owner: [u8; OWNER.len()],
    content: [u8; CONTENT_SIZE],
}

const OWNER: [u8; 4] = *b"FDO\0";
/// With at least one NUL behind it, and padded to whole words.
const CONTENT_SIZE: usize = (JSON.len() + 1).next_multiple_of(4);

/// The section's name makes it an ELF note, which linkers keep and stripping leaves.
#[allow(unsafe_code)] // The attribute can break programs; a note is never code, nor written to.
#[unsafe(link_section = ".note.package")]
#[used]
static NOTE: Note = Note {
    owner_size: OWNER.len() as u32,
    content_size: CONTENT_SIZE as u32,
    kind: 0xcafe_1a7e,
    owner: OWNER,
    content: padded(JSON.as_bytes()),
};

const fn padded(text: &[u8]) -> [u8; CONTENT_SIZE] {
    let mut bytes = [0; CONTENT_SIZE];
    let mut at = 0;
    while at < text.len() {
        bytes[at] = text[at];
        at += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_note_holds_the_json_and_padding() {
        let content = &NOTE.content;
        assert!(content.starts_with(JSON.as_bytes()));
        assert!(content[JSON.len()..].iter().all(|byte| *byte == 0));
        assert!(content.len() > JSON.len() && content.len() % 4 == 0);
        assert_eq!(
            size_of::<Note>(),
            12 + OWNER.len() + content.len(),
            "no gaps"
        );
    }

    #[test]
    fn the_json_has_nothing_to_escape() {
        let inside = &JSON[1..JSON.len() - 1];
        assert_eq!(inside.matches('"').count(), 4 * 4);
        assert!(!JSON.contains(['\\', '\n']));
    }
}
