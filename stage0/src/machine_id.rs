//! The step `machine ID`: an ID that is the same at each boot of a device, although nothing is kept.
//!
//! It is handed over as a credential: PID 1 of the distribution takes what is in
//! `/run/credentials/@initrd/`, and gives itself `system.machine_id` where the image has no ID of its
//! own (systemd.system-credentials(7), machine-id(5)).

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::failure::Failure;

const CREDENTIALS: &str = "/run/credentials";
const OF_INITRD: &str = "@initrd";
const NAME: &str = "system.machine_id";

/// In front of the serial number, so that the ID is good for nothing else.
const PREFIX: &str = "fastboop stage0 machine-id v1\0";

/// Leaves the machine ID of the device with this serial number for the distribution.
pub fn hand_over(serial: &str) -> Result<(), Failure> {
    write(Path::new(CREDENTIALS), &machine_id(serial)).map_err(|error| {
        Failure::new(
            "machine ID",
            format_args!("{CREDENTIALS}/{OF_INITRD}/{NAME}: {error}"),
        )
    })
}

/// The first 128 bits of SHA-256 over the prefix and the serial number, marked as a UUID of version 4,
/// which machine-id(5) wants; 32 hexadecimal digits.
fn machine_id(serial: &str) -> String {
    let digest = Sha256::new()
        .chain_update(PREFIX)
        .chain_update(serial)
        .finalize();
    let mut id = u128::from_be_bytes(digest.first_chunk().copied().unwrap_or_default());
    // RFC 9562: the version in bits 48 to 51, the variant in bits 64 and 65.
    id = id & !(0xf << 76) | 0x4 << 76;
    id = id & !(0b11 << 62) | 0b10 << 62;
    format!("{id:032x}")
}

fn write(credentials: &Path, id: &str) -> io::Result<()> {
    let directory = credentials.join(OF_INITRD);
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    builder.mode(0o755).create(credentials)?;
    builder.mode(0o700).create(&directory)?;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o400)
        .open(directory.join(NAME))?
        .write_all(id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use temp_dir::TempDir;

    /// `printf 'fastboop stage0 machine-id v1\0%s' SERIAL | sha256sum`, and the two marks by hand.
    #[test]
    fn the_derivation_never_changes() {
        assert_eq!(
            machine_id("0123456789abcdef"),
            "55bd31cc5b834fcab4d2614b5529cd0b"
        );
        assert_ne!(
            machine_id("0123456789abcdee"),
            machine_id("0123456789abcdef")
        );
    }

    #[test]
    fn it_is_a_uuid_of_version_4() {
        for serial in ["", "a", "b", "c", "ä"] {
            let id = machine_id(serial);
            assert_eq!(id.len(), 32);
            assert_eq!(&id[12..13], "4", "{id}");
            assert!(matches!(&id[16..17], "8" | "9" | "a" | "b"), "{id}");
        }
    }

    #[test]
    fn only_root_may_read_it() {
        let dir = TempDir::new().unwrap();
        let credentials = dir.path().join("credentials");
        write(&credentials, "id").unwrap();
        let path = credentials.join("@initrd/system.machine_id");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(fs::read_to_string(&path).unwrap(), "id");
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o400, 0o700));
    }
}
