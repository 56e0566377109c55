//! Which stage0 is to be embedded: decided from the environment alone.

use std::ffi::OsStr;
use std::path::PathBuf;

use stage0_artifact::Target;

use crate::{EMBED_PATH, Environment, Error, TARGET};

/// What to embed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// A file that was named.
    Path {
        /// The file.
        source: PathBuf,
        /// What it is for, when that was said; else its name tells.
        target: Option<Target>,
    },
}

/// Decides what to embed. The first way that applies is taken; a variable that is set to nonsense
/// is an error and never a reason to try the next.
pub fn plan(environment: &Environment) -> Result<Plan, Error> {
    let target = match set(TARGET, environment.target.as_deref())? {
        Some(triple) => Some(triple.to_string_lossy().parse()?),
        None => None,
    };
    match set(EMBED_PATH, environment.embed_path.as_deref())? {
        Some(path) => Ok(Plan::Path {
            // An absolute path stays what it is.
            source: environment.manifest_dir.join(path),
            target,
        }),
        None => Err(Error::NoSource),
    }
}

/// The value of a variable; one that is set to nothing is most likely a slip in a script.
fn set<'a>(name: &'static str, value: Option<&'a OsStr>) -> Result<Option<&'a OsStr>, Error> {
    match value {
        Some(value) if value.is_empty() => Err(Error::EmptyVariable(name)),
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(embed_path: Option<&str>, target: Option<&str>) -> Result<Plan, String> {
        plan(&Environment {
            embed_path: embed_path.map(Into::into),
            target: target.map(Into::into),
            manifest_dir: "/crate".into(),
            out_dir: "/out".into(),
        })
        .map_err(|error| error.to_string())
    }

    #[test]
    fn relative_paths_count_from_the_manifest() {
        for (path, source) in [("a/b", "/crate/a/b"), ("/a/b", "/a/b")] {
            let source = source.into();
            assert_eq!(
                planned(Some(path), None),
                Ok(Plan::Path {
                    source,
                    target: None
                })
            );
        }
    }

    #[test]
    fn the_target_can_be_named() {
        let expected = Plan::Path {
            source: "/file".into(),
            target: Some(Target::Armv7),
        };
        assert_eq!(
            planned(Some("/file"), Some("armv7-unknown-linux-musleabihf")),
            Ok(expected)
        );
    }

    #[test]
    fn nothing_set_says_what_to_set_and_how_to_get_it() {
        let message = planned(None, None).unwrap_err();
        assert!(
            message.contains("FASTBOOP_STAGE0_EMBED_PATH is required"),
            "{message}"
        );
        assert!(message.contains("tools/bazel build //stage0:"), "{message}");
    }

    #[test]
    fn nonsense_is_an_error() {
        for (path, target, words) in [
            (
                Some(""),
                None,
                "FASTBOOP_STAGE0_EMBED_PATH is set but empty",
            ),
            (
                Some("/file"),
                Some(""),
                "FASTBOOP_STAGE0_TARGET is set but empty",
            ),
            (
                Some("/file"),
                Some("aarch64"),
                "FASTBOOP_STAGE0_TARGET: \"aarch64\" is not a target",
            ),
        ] {
            let message = planned(path, target).unwrap_err();
            assert!(message.contains(words), "{message}");
        }
    }
}
