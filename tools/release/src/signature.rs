//! The signature of `SHA256SUMS`: a Sigstore bundle, which cosign makes.
//!
//! With a key it is checked here too, without cosign: the bundle
//! (<https://github.com/sigstore/protobuf-specs>, `sigstore_bundle.proto`) holds the SHA-256 of the
//! file and an ECDSA signature of it on the curve P-256. One without a key needs the certificates and
//! the log of Sigstore, and so cosign.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde::Deserialize;

use crate::{digests, program};

/// Says to cosign that no log and no time stamps are used: nothing of it goes through the network.
const OFFLINE: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;

/// Trusts nobody, and so keeps cosign from asking whom to trust.
const NO_ROOT: &str =
    r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;

/// How a public key on the curve P-256 starts in DER (RFC 5480): the algorithm, the curve, and the
/// length of the point that follows.
const P256_HEADER: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Where cosign takes the password of a key from, before it asks.
const PASSWORD: &str = "COSIGN_PASSWORD";

/// Who signs.
#[derive(Debug, Clone)]
pub enum Signer {
    /// A private key, as `cosign generate-key-pair` writes it. Its password is in `COSIGN_PASSWORD`.
    Key(PathBuf),
    /// One that [`make_keys`] made: it has no password, as it does not outlive what it signs.
    OneTime(PathBuf),
    /// The workflow that this runs in, with a certificate of Sigstore's and an entry in its log.
    Keyless,
}

/// Signs `file` into `bundle`. `scratch` is a directory for what cosign has to be told in files.
pub fn sign(file: &Path, bundle: &Path, signer: &Signer, scratch: &Path) -> Result<()> {
    let mut cosign = Command::new("cosign");
    cosign.args(["sign-blob", "--yes"]);
    if let Signer::OneTime(_) = signer {
        cosign.env(PASSWORD, "");
    }
    if let Signer::Key(key) | Signer::OneTime(key) = signer {
        cosign.arg("--key").arg(key);
        for (option, text) in [("signing-config", OFFLINE), ("trusted-root", NO_ROOT)] {
            let path = scratch.join(format!("{option}.json"));
            fs::write(&path, text).with_context(|| path.display().to_string())?;
            cosign.arg(format!("--{option}")).arg(path);
        }
    }
    program::run(cosign.arg("--bundle").arg(bundle).arg(file))
}

/// Writes the public key that belongs to the private `key` to `public`.
pub fn write_public_key(key: &Path, public: &Path) -> Result<()> {
    let mut cosign = Command::new("cosign");
    cosign.arg("public-key").arg("--key").arg(key);
    program::run(cosign.arg("--outfile").arg(public))
}

/// Makes a pair of keys, `<prefix>.key` and `<prefix>.pub`, without a password.
pub fn make_keys(prefix: &Path) -> Result<()> {
    let mut cosign = Command::new("cosign");
    cosign.env(PASSWORD, "").arg("generate-key-pair");
    program::run(cosign.arg("--output-key-prefix").arg(prefix))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    message_signature: MessageSignature,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageSignature {
    signature: String,
}

/// Checks that `bundle` is a signature of `file` by the public key in `key` (PEM).
pub fn verify(file: &Path, bundle: &Path, key: &Path) -> Result<()> {
    let point = point(&digests::read(key)?).with_context(|| key.display().to_string())?;
    let signature = signature(&digests::read(bundle)?);
    let signature = signature.with_context(|| bundle.display().to_string())?;
    let key_of = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point);
    if key_of.verify(&digests::read(file)?, &signature).is_err() {
        bail!(
            "{}: not signed by {}; take the key of those who released it, or download both again",
            file.display(),
            key.display()
        );
    }
    Ok(())
}

fn signature(bundle: &[u8]) -> Result<Vec<u8>> {
    let bundle: Bundle = serde_json::from_slice(bundle).context("not a Sigstore bundle")?;
    let signature = BASE64.decode(bundle.message_signature.signature);
    signature.context("not a Sigstore bundle: the signature is no base64")
}

/// The point of a public key in PEM.
fn point(pem: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(pem).context("not a public key in PEM")?;
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let der = BASE64.decode(body).context("not a public key in PEM")?;
    let point = der.strip_prefix(&P256_HEADER);
    ensure!(
        point.is_some_and(|point| point.len() == 65),
        "not a public key on the curve P-256, as cosign makes them"
    );
    Ok(point.unwrap_or_default().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made with cosign 3.1.1 for the file "hi\n".
    const KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAErulvXXm86SCIoEWLOccf2Cx4uNrQ\n\
        pasp0jnZRxPu96D8sRG5Hu5Hn3fRU6uBLzAYH3WwSgW8UDSys6io+J9NcQ==\n\
        -----END PUBLIC KEY-----\n";
    const BUNDLE: &str = r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"jYW8eYwf9DsnxZlEaU3mLyWrtEW3hzHoTraT6DntBPE="}},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"mOpuTyFvL7S2n/+bOkSELDhobKaF8/VdxIxdP7EQe+Q="},"signature":"MEYCIQCLYTH3iK9ryi5E3bd92B+Ky/LZxXz54+bJcaYAgSzv6AIhAOdum2V+mgwm33BJe3ec0n3zdVFgy5SBvd5Ly61LNvKC"}}"#;

    #[test]
    fn what_cosign_made_is_accepted_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "hi\n").unwrap();
        fs::write(at("key"), KEY).unwrap();
        fs::write(at("bundle"), BUNDLE).unwrap();
        verify(&at("file"), &at("bundle"), &at("key")).unwrap();

        fs::write(at("other"), "ho\n").unwrap();
        let error = verify(&at("other"), &at("bundle"), &at("key")).unwrap_err();
        assert!(
            error.to_string().contains("other: not signed by"),
            "{error}"
        );

        for (name, text) in [
            ("bundle", "{}".to_owned()),
            ("bundle", BUNDLE.replace("MEY", "ME\u{e4}")),
            ("key", "text".to_owned()),
            ("key", KEY.replace("MFkwEw", "MFkwFw")),
            ("key", "-----BEGIN PUBLIC KEY-----\n".to_owned()),
        ] {
            fs::write(at("bad"), &text).unwrap();
            let path = |wanted: &str| at(if name == wanted { "bad" } else { wanted });
            let error = verify(&at("file"), &path("bundle"), &path("key")).unwrap_err();
            let message = format!("{error:#}");
            assert!(message.contains("bad: not a"), "{text}: {message}");
        }
    }
}
