//! The embedded stage0 artifact.

use stage0_artifact::{Artifact, InspectError};

/// The content of the embedded artifact: an ELF program for the device.
pub static STAGE0: &[u8] = include_bytes!(env!("FASTBOOP_STAGE0_EMBED_PATH"));

/// The origin of the embedded artifact. `path`: Cargo copied the file that an environment variable
/// specifies; `source`: Cargo built it from source; `release`: Cargo downloaded the artifact of a release;
/// `nothing`: an empty placeholder, for builds of the documentation; `bazel`: Bazel provided it.
pub const EMBED_MODE: &str = env!("FASTBOOP_STAGE0_EMBED_MODE");

/// Checks [`STAGE0`] again, like the build system did when it embedded it, and describes it.
///
/// Fails only if the build system embedded a file without checking it, or the empty placeholder of a
/// build with `DOCS_RS`.
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
