//! The signature of `SHA256SUMS`: a Sigstore bundle, which cosign creates and verifies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{digests, program};

/// A signing configuration without a transparency log and a timestamp authority, and a trusted root
/// without any authority: with these and a key cosign makes no connection.
const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
const NO_ROOT: &str =
    r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;

/// The environment variable with the password of the private key.
const PASSWORD: &str = "COSIGN_PASSWORD";

/// How a release is signed.
#[derive(Debug, Clone)]
pub enum Signer {
    /// With this private key from `cosign generate-key-pair`, whose password is in `COSIGN_PASSWORD`.
    Key(PathBuf),
    /// With a new key for this release, without a password.
    OneTimeKey,
    /// With the identity of the GitHub workflow: a certificate from Sigstore and an entry in its log.
    Keyless,
}

/// Writes the signature of `file` to `bundle`, and the public key, if there is one, to `public_key`.
/// `scratch` is a directory for a new key and cosign's configuration.
pub fn sign(
    file: &Path,
    bundle: &Path,
    signer: &Signer,
    public_key: &Path,
    scratch: &Path,
) -> Result<()> {
    let cosign = || {
        let mut cosign = Command::new("cosign");
        if let Signer::OneTimeKey = signer {
            cosign.env(PASSWORD, "");
        }
        cosign
    };
    let mut sign = cosign();
    sign.args(["sign-blob", "--yes", "--bundle"]).arg(bundle);
    let key = match signer {
        Signer::Keyless => return program::run(sign.arg(file)),
        Signer::Key(key) => key.clone(),
        Signer::OneTimeKey => {
            let mut generate = cosign();
            generate.args(["generate-key-pair", "--output-key-prefix"]);
            program::run(generate.arg(scratch.join("one-time")))?;
            scratch.join("one-time.key")
        }
    };
    let mut export = cosign();
    export.arg("public-key").arg("--key").arg(&key);
    program::run(export.arg("--outfile").arg(public_key))?;
    for (option, text) in [
        ("--signing-config", NO_SERVICES),
        ("--trusted-root", NO_ROOT),
    ] {
        sign.arg(option).arg(write(scratch, option, text)?);
    }
    program::run(sign.arg("--key").arg(key).arg(file))
}

/// Checks that `bundle` is a signature of `file` by the public key in `key` (PEM).
pub fn verify(file: &Path, bundle: &Path, key: &Path) -> Result<()> {
    // cosign's message for an unreadable file is less clear.
    for path in [file, bundle, key] {
        digests::read(path)?;
    }
    let scratch = tempfile::tempdir().context("cannot create a temporary directory")?;
    let mut cosign = Command::new("cosign");
    cosign.args(["verify-blob", "--insecure-ignore-tlog", "--trusted-root"]);
    cosign.arg(write(scratch.path(), "--trusted-root", NO_ROOT)?);
    cosign
        .arg("--key")
        .arg(key)
        .arg("--bundle")
        .arg(bundle)
        .arg(file);
    let output = cosign
        .output()
        .with_context(|| program::cannot_start(&cosign))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let cause = text.lines().last().unwrap_or("no message");
        bail!(
            "{}: not signed by {}: cosign: {cause}; use the releaser's key, or download both again",
            file.display(),
            key.display()
        );
    }
    Ok(())
}

fn write(directory: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = directory.join(format!("{}.json", name.trim_start_matches('-')));
    fs::write(&path, text).with_context(|| format!("{}: cannot write", path.display()))?;
    Ok(path)
}
