//! `SHA256SUMS` and its signature.

use anyhow::Result;
use fastboop_files::SUMS_NAME;

use super::context::{self, Context, copy};
use crate::assets::SIGNATURE;
use crate::{digests, signature};

/// Lists every asset.
pub fn write(context: &Context) -> Result<()> {
    let sums = digests::of_release(&context.dir.join("assets"))?;
    context::write(&context.dir.asset(SUMS_NAME), &sums.to_bytes())
}

/// Signs the list.
pub fn sign(context: &Context) -> Result<()> {
    let scratch = context.dir.create("keys")?;
    // Copied, as cosign makes it readable for its owner alone.
    let bundle = scratch.join(SIGNATURE);
    let list = context.dir.asset(SUMS_NAME);
    let public_key = context.dir.public_key();
    signature::sign(&list, &bundle, &context.signer, &public_key, &scratch)?;
    copy(&bundle, &context.dir.asset(SIGNATURE), false)
}
