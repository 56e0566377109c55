//! What each build has of its own: nothing of it may show in the bytes.

use clean_build::{FileOrder, Surroundings};

/// Where a build is made, below the directory to work in, and with what around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variation {
    /// The directory.
    pub path: String,
    /// The rest.
    pub surroundings: Surroundings,
}

/// `nobody`.
const NOBODY: u32 = 65534;

/// `www-data` of Debian. A user without a name cannot build: crate_universe runs Cargo without HOME, and it then asks for the user's.
const WWW_DATA: u32 = 33;

/// That of build number `index`, from 0. After three they start again, at other paths.
pub fn variation(index: usize) -> Variation {
    let plain = Surroundings::plain();
    let (path, surroundings) = match index % 3 {
        0 => (
            "first",
            Surroundings {
                umask: Some(0o022),
                ..plain
            },
        ),
        1 => (
            "somewhere/else/with-a-longer-path",
            Surroundings {
                user: Some(NOBODY),
                locale: "C".to_owned(),
                time_zone: "X-5:45".to_owned(),
                umask: Some(0o077),
                jobs: Some(1),
                source_date_epoch: Some(1),
                year: Some(1985),
                file_order: FileOrder::MemoryReversed,
            },
        ),
        _ => (
            "3",
            Surroundings {
                user: Some(WWW_DATA),
                locale: "tr_TR.UTF-8".to_owned(),
                time_zone: "Y11".to_owned(),
                umask: Some(0o002),
                jobs: Some(7),
                source_date_epoch: Some(4_000_000_000),
                year: Some(2033),
                file_order: FileOrder::Memory,
            },
        ),
    };
    let path = match index / 3 {
        0 => path.to_owned(),
        round => format!("round-{round}/{path}"),
    };
    Variation { path, surroundings }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_three_builds_each_differs_in_everything() {
        let [a, b, c] = [0, 1, 2].map(variation);
        for (one, other) in [(&a, &b), (&a, &c), (&b, &c)] {
            assert_ne!(one.path, other.path);
            let (one, other) = (&one.surroundings, &other.surroundings);
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
    fn no_two_paths_are_the_same() {
        let mut paths = (0..9)
            .map(|index| variation(index).path)
            .collect::<Vec<_>>();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 9);
    }
}
