//! The step `machine ID`: derives an ID that is the same at each boot of a device, although nothing
//! that is written persists.
//!
//! It is passed on as a credential: PID 1 of the distribution reads `/run/credentials/@initrd/`, and
//! uses `system.machine_id` if the image has no ID of its own (systemd.system-credentials(7),
//! machine-id(5)).

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::failure::Failure;

const CREDENTIALS: &str = "/run/credentials";
const INITRD: &str = "@initrd";
const NAME: &str = "system.machine_id";

/// Hashed before the serial number, so that the ID differs from other hashes of it.
const PREFIX: &str = "fastboop stage0 machine-id v1\0";

/// Writes the credential with the machine ID of the device that has this serial number.
pub fn write_credential(serial: &str) -> Result<(), Failure> {
    write_file(Path::new(CREDENTIALS), &machine_id(serial)).map_err(|error| {
        Failure::new(
            "machine ID",
            format_args!("{CREDENTIALS}/{INITRD}/{NAME}: {error}"),
        )
    })
}

/// The first 128 bits of SHA-256 over the prefix and the serial number, with the version and variant
/// bits of a UUID version 4, as machine-id(5) requires; 32 hexadecimal digits.
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

fn write_file(credentials: &Path, id: &str) -> io::Result<()> {
    let directory = credentials.join(INITRD);
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

    /// Expected value: `printf 'fastboop stage0 machine-id v1\0%s' SERIAL | sha256sum`, with version
    /// and variant set by hand.
    #[test]
    fn derivation_is_stable() {
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
    fn machine_id_is_a_uuid_version_4() {
        for serial in ["", "a", "b", "c", "ä"] {
            let id = machine_id(serial);
            assert_eq!(id.len(), 32);
            assert_eq!(&id[12..13], "4", "{id}");
            assert!(matches!(&id[16..17], "8" | "9" | "a" | "b"), "{id}");
        }
    }

    #[test]
    fn only_root_may_read_the_credential() {
        let dir = TempDir::new().unwrap();
        let credentials = dir.path().join("credentials");
        write_file(&credentials, "id").unwrap();
        let path = credentials.join("@initrd/system.machine_id");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(fs::read_to_string(&path).unwrap(), "id");
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o400, 0o700));
    }
}
