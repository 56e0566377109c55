//! Things that differ from checkout to checkout, let into the build on purpose: the check has to find them.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::ValueEnum;
use clean_build::Place;

/// What to leak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Leak {
    /// The checkout's path, into a source file of stage0, as a code generator might write it
    Path,
    /// The time, into the environment of actions, as a rule might set it
    Clock,
}

impl Leak {
    /// Lets it into a checkout.
    pub fn plant(self, place: &Place) -> Result<(), String> {
        let planted = match self {
            Leak::Path => {
                let path = place.checkout().display().to_string();
                place.put_into_program("stage0/src/main.rs", &path)
            }
            Leak::Clock => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                let nanoseconds = now.unwrap_or_default().as_nanos();
                let line = format!("build --action_env=BUILD_TIME={nanoseconds}\n");
                place.append("user.bazelrc", &line)
            }
        };
        planted.map_err(|error| error.to_string())
    }
}
