//! Finds, checks and copies the stage0 that is embedded. All of it is in `stage0_source`.

use std::process::ExitCode;

fn main() -> ExitCode {
    stage0_source::run()
}
