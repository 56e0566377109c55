//! The steps `sums` and `signature`.

use anyhow::Result;
use fastboop_files::SUMS_NAME;

use super::context::{self, Context, copy};
use crate::assets::SIGNATURE;
use crate::{digests, signature};

/// Writes `SHA256SUMS`, which lists every asset.
pub fn write(context: &Context) -> Result<()> {
    let sums = digests::hash_release(&context.dir.join("assets"))?;
    context::write(&context.dir.asset(SUMS_NAME), &sums.to_bytes())
}

/// Signs the list.
pub fn sign(context: &Context) -> Result<()> {
    let scratch = context.dir.create("keys")?;
    // cosign creates it with mode 0600; the copy has the mode of the other assets.
    let bundle = scratch.join(SIGNATURE);
    let list = context.dir.asset(SUMS_NAME);
    let public_key = context.dir.public_key();
    signature::sign(&list, &bundle, &context.signer, &public_key, &scratch)?;
    copy(&bundle, &context.dir.asset(SIGNATURE), false)
}
