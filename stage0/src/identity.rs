//! Name, version and target of this binary: as a line of text, as JSON, and as a note in the ELF file.
//!
//! fastboop, which contains stage0 but cannot run it, reads the ELF note. Its format is "package
//! metadata for executable files", see
//! <https://uapi-group.org/specifications/specs/package_metadata_for_executable_files/>; the reader
//! is `crates/stage0-artifact/src/metadata.rs`.

/// The target triple that this was compiled for. The vendor is always `unknown`: some distributions
/// put their own name there.
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

/// Name, version and target, human-readable.
pub const VERSION_LINE: &str = concat!(
    "fastboop-stage0 ",
    env!("CARGO_PKG_VERSION"),
    " (",
    target!(),
    ")"
);

/// Name, version and target as one JSON object. The same bytes are in [`NOTE`].
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
/// Includes at least one terminating NUL and padding to a multiple of 4 bytes.
const CONTENT_SIZE: usize = (JSON.len() + 1).next_multiple_of(4);

/// The section's name makes it an ELF note, which survives linking and stripping.
#[allow(unsafe_code)] // `link_section` can break a program; a note is neither executed nor written.
#[unsafe(link_section = ".note.package")]
#[used]
static NOTE: Note = Note {
    owner_size: OWNER.len() as u32,
    content_size: CONTENT_SIZE as u32,
    kind: 0xcafe_1a7e,
    owner: OWNER,
    content: pad(JSON.as_bytes()),
};

const fn pad(text: &[u8]) -> [u8; CONTENT_SIZE] {
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
    fn note_contains_json_and_padding() {
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
    fn json_needs_no_escapes() {
        let inside = &JSON[1..JSON.len() - 1];
        assert_eq!(inside.matches('"').count(), 4 * 4);
        assert!(!JSON.contains(['\\', '\n']));
    }
}
