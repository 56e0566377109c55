//! The names of the environment variables that the build script reads and sets.

/// The file to embed, set by the user. The build script sets it to the checked copy when the crate is
/// compiled.
pub const EMBED_PATH: &str = "FASTBOOP_STAGE0_EMBED_PATH";

/// The target triple of the stage0 to embed, set by the user.
pub const TARGET: &str = "FASTBOOP_STAGE0_TARGET";

/// The Cargo that runs the nested build, or a script in its place, set by the user.
pub const CARGO: &str = "FASTBOOP_STAGE0_CARGO";

/// Set by the user to `prebuilt` to download the released stage0 if a build would have the same
/// inputs.
pub const PREFER: &str = "FASTBOOP_STAGE0_PREFER";

/// The base URL of a mirror of the releases, set by the user.
pub const BASE_URL: &str = "FASTBOOP_STAGE0_BASE_URL";

/// The maximum time of one download attempt in seconds, set by the user.
pub const TIMEOUT: &str = "FASTBOOP_STAGE0_TIMEOUT";

/// Set by docs.rs, which builds documentation only.
pub const DOCS_RS: &str = "DOCS_RS";

/// The mode that provided the stage0 (`path`, `source`, `release` or `nothing`), set by the build
/// script when the crate is compiled.
pub const EMBED_MODE: &str = "FASTBOOP_STAGE0_EMBED_MODE";
