//! `SHA256SUMS` and its signature.

use std::path::PathBuf;

use anyhow::Result;
use fastboop_files::SUMS_NAME;

use crate::assets::SIGNATURE;
use crate::digests;
use crate::rehearse::Rehearsal;
use crate::signature::{self, Signer};

/// Lists every asset.
pub fn write(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let sums = digests::of_release(&rehearsal.assets())?;
    let path = rehearsal.assets().join(SUMS_NAME);
    Ok(vec![super::write(path, &sums.to_bytes())?])
}

/// Signs the list.
pub fn sign(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let scratch = rehearsal.scratch("keys")?;
    let public = rehearsal.public_key();
    let mut outputs = Vec::new();
    let signer = match &rehearsal.signer {
        Some(signer) => {
            if let Signer::Key(key) = signer {
                signature::write_public_key(key, &public)?;
                outputs.push(public);
            }
            signer.clone()
        }
        None => {
            // Writes the public key beside it.
            signature::make_keys(&scratch.join("cosign"))?;
            outputs.push(public);
            Signer::OneTime(scratch.join("cosign.key"))
        }
    };
    let list = rehearsal.assets().join(SUMS_NAME);
    // cosign lets nobody else read what it writes.
    let made = scratch.join(SIGNATURE);
    signature::sign(&list, &made, &signer, &scratch)?;
    let bundle = rehearsal.assets().join(SIGNATURE);
    super::copy(&made, &bundle, false)?;
    outputs.push(bundle);
    Ok(outputs)
}
