//! The embedded stage0.

use stage0_artifact::{Artifact, InspectError};

/// The embedded stage0, an ELF program for the device.
pub static STAGE0: &[u8] = include_bytes!(env!("FASTBOOP_STAGE0_EMBED_PATH"));

/// How the build found it: `path` (Cargo, a file that was named), `source` (Cargo, a build of its
/// source), `release` (Cargo, the artifact of a release), `nothing` (Cargo, documentation only) or
/// `bazel`.
pub const EMBED_MODE: &str = env!("FASTBOOP_STAGE0_EMBED_MODE");

/// Describes [`STAGE0`], after the same check that it passed when it was embedded.
///
/// Fails only when the build system embedded a file that it did not check, or nothing: for
/// documentation, where `DOCS_RS` is set.
pub fn inspect_embedded() -> Result<Artifact, InspectError> {
    Artifact::inspect(STAGE0, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embeds_a_stage0() {
        let artifact = inspect_embedded();
        assert!(artifact.is_ok(), "{artifact:?}");
    }

    #[test]
    fn embed_mode_is_known() {
        assert!(
            ["path", "source", "release", "bazel"].contains(&EMBED_MODE),
            "{EMBED_MODE:?}"
        );
    }
}
