//! Finds, checks and copies the stage0 artifact to embed; see the crate `stage0_source`.

use std::process::ExitCode;

fn main() -> ExitCode {
    stage0_source::run()
}
