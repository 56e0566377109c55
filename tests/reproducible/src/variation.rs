//! The variations of the build environment, none of which may affect the artifacts.

use clean_build::{BuildEnv, FileOrder};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variation {
    /// The build directory, relative to --work.
    pub directory: String,
    pub env: BuildEnv,
}

/// The user `nobody`.
const NOBODY: u32 = 65534;

/// The user `www-data` in Debian. A user without a passwd entry cannot build: crate_universe runs Cargo without HOME, and Cargo then
/// looks up the home directory.
const WWW_DATA: u32 = 33;

/// Returns the variation of build `index`, from 0. After three builds the environments repeat in other directories.
pub fn variation(index: usize) -> Variation {
    let default = BuildEnv::default();
    let (directory, env) = match index % 3 {
        0 => (
            "first",
            BuildEnv {
                umask: Some(0o022),
                ..default
            },
        ),
        1 => (
            "somewhere/else/with-a-longer-path",
            BuildEnv {
                user: Some(NOBODY),
                locale: "C".to_owned(),
                time_zone: "X-5:45".to_owned(),
                umask: Some(0o077),
                jobs: Some(1),
                source_date_epoch: Some(1),
                year: Some(1985),
                file_order: FileOrder::TmpfsReversed,
            },
        ),
        _ => (
            "3",
            BuildEnv {
                user: Some(WWW_DATA),
                locale: "tr_TR.UTF-8".to_owned(),
                time_zone: "Y11".to_owned(),
                umask: Some(0o002),
                jobs: Some(7),
                source_date_epoch: Some(4_000_000_000),
                year: Some(2033),
                file_order: FileOrder::Tmpfs,
            },
        ),
    };
    let directory = match index / 3 {
        0 => directory.to_owned(),
        round => format!("round-{round}/{directory}"),
    };
    Variation { directory, env }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn three_builds_differ_in_everything() {
        let [a, b, c] = [0, 1, 2].map(variation);
        for (one, other) in [(&a, &b), (&a, &c), (&b, &c)] {
            assert_ne!(one.directory, other.directory);
            let (one, other) = (&one.env, &other.env);
            assert_ne!(one.user, other.user);
            assert_ne!(one.locale, other.locale);
            assert_ne!(one.time_zone, other.time_zone);
            assert_ne!(one.umask, other.umask);
            assert_ne!(one.jobs, other.jobs);
            assert_ne!(one.source_date_epoch, other.source_date_epoch);
            assert_ne!(one.year, other.year);
            assert_ne!(one.file_order, other.file_order);
        }
    }

    #[test]
    fn directories_are_unique() {
        let directories: BTreeSet<_> = (0..9).map(|index| variation(index).directory).collect();
        assert_eq!(directories.len(), 9);
    }
}
