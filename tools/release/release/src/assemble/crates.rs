//! The step `crates`: packs the published crates from the copy of the sources with the sidecar.

use anyhow::Result;

use super::context::{Context, copy};
use crate::program;

/// Packs the crates. Building them would take minutes: .ci/slow/80-release builds the packed crates
/// as a user would.
pub fn package(context: &Context) -> Result<()> {
    let target = context.dir.join("crates");
    let mut cargo = context.checkout.program(program::cargo().get_program());
    cargo.current_dir(context.dir.sources(&context.version));
    // Dirty: the copy is not a checkout.
    cargo.args(["package", "--locked", "--no-verify", "--allow-dirty"]);
    cargo.arg("--target-dir").arg(&target);
    for name in &context.plan.crates {
        cargo.args(["--package", name]);
    }
    program::run(&mut cargo)?;
    for file in context.plan.crate_files() {
        copy(
            &target.join("package").join(&file),
            &context.dir.asset(&file),
            false,
        )?;
    }
    Ok(())
}
