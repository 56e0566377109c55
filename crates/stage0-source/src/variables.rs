//! The names of the environment variables that the build script reads and sets.

/// The variable that names the file to embed. For the crate's own source it is set too, to the
/// checked copy.
pub const EMBED_PATH: &str = "FASTBOOP_STAGE0_EMBED_PATH";

/// The variable that names the target to embed a stage0 for.
pub const TARGET: &str = "FASTBOOP_STAGE0_TARGET";

/// The variable that names the Cargo for the nested build.
pub const CARGO: &str = "FASTBOOP_STAGE0_CARGO";

/// The variable that, as `prebuilt`, prefers the released artifact to building the same again.
pub const PREFER: &str = "FASTBOOP_STAGE0_PREFER";

/// The variable that names a mirror of the releases.
pub const BASE_URL: &str = "FASTBOOP_STAGE0_BASE_URL";

/// The variable with the seconds that a download may take.
pub const TIMEOUT: &str = "FASTBOOP_STAGE0_TIMEOUT";

/// The variable that is set where only documentation is built.
pub const DOCS_RS: &str = "DOCS_RS";

/// The variable that holds how the stage0 was found, for the crate's source.
pub const EMBED_MODE: &str = "FASTBOOP_STAGE0_EMBED_MODE";
