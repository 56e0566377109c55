//! Who builds, and what the machine looks like to them.

use std::path::Path;
use std::process::Command;
use std::{env, fmt};

use crate::FileOrder;

/// What a build must not depend on.
///
/// The machine's clock is not among them: Bazel takes `LD_PRELOAD`, which is how libfaketime comes in, out of its server's environment,
/// and Linux has no other wall clock for some processes only. Two builds are seconds apart, which every finer time shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// The user and group id to build as; `None`: the one who asks. Another one takes root.
    pub user: Option<u32>,
    /// `LANG` and `LC_ALL`.
    pub locale: String,
    /// `TZ`, as a POSIX time zone, which needs no database: `UTC0`.
    pub time_zone: String,
    /// The umask; `None`: that of the one who asks.
    pub umask: Option<u32>,
    /// How many actions or compilers run at once; `None`: Bazel and Cargo decide.
    pub jobs: Option<u32>,
    /// `SOURCE_DATE_EPOCH`.
    pub source_date_epoch: Option<u64>,
    /// The year that all files of the checkout are from; `None`: when they were made.
    pub year: Option<u32>,
    /// The order in which directories list their files.
    pub file_order: FileOrder,
}

impl Surroundings {
    /// Those of whoever asks.
    pub fn plain() -> Self {
        Surroundings {
            user: None,
            locale: "C.UTF-8".to_owned(),
            time_zone: "UTC0".to_owned(),
            umask: None,
            jobs: None,
            source_date_epoch: None,
            year: None,
            file_order: FileOrder::Disk,
        }
    }

    /// A command with these surroundings, HOME and TMPDIR.
    pub(crate) fn command(&self, program: &Path, home: &Path, temporary: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        for name in KEPT {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("HOME", home)
            .env("TMPDIR", temporary)
            .env("LANG", &self.locale)
            .env("LC_ALL", &self.locale)
            .env("TZ", &self.time_zone)
            .env(
                "USER",
                self.user
                    .map_or("builder".to_owned(), |id| format!("user{id}")),
            );
        if let Some(seconds) = self.source_date_epoch {
            command.env("SOURCE_DATE_EPOCH", seconds.to_string());
        }
        if let Some(id) = self.user {
            use std::os::unix::process::CommandExt;
            command.uid(id).gid(id);
        }
        command
    }
}

/// What a build needs from the machine: where programs are, and how to reach the network. The Debian root sets the first three
/// (tools/debian/lib/enter-run).
const KEPT: [&str; 9] = [
    "PATH",
    "JAVA_HOME",
    "BAZEL_REAL",
    "BAZELISK_HOME",
    "FASTBOOP_BUILD_ENV",
    "SSL_CERT_FILE",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

impl fmt::Display for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.user {
            Some(id) => write!(f, "user {id}")?,
            None => f.write_str("this user")?,
        }
        write!(f, ", locale {}, time zone {}", self.locale, self.time_zone)?;
        if let Some(umask) = self.umask {
            write!(f, ", umask {umask:03o}")?;
        }
        if let Some(jobs) = self.jobs {
            write!(f, ", {jobs} at once")?;
        }
        if let Some(seconds) = self.source_date_epoch {
            write!(f, ", SOURCE_DATE_EPOCH {seconds}")?;
        }
        if let Some(year) = self.year {
            write!(f, ", files of {year}")?;
        }
        match self.file_order {
            FileOrder::Disk => Ok(()),
            order => write!(f, ", {order}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(surroundings: &Surroundings) -> String {
        let mut command =
            surroundings.command("env".as_ref(), "/home".as_ref(), "/temporary".as_ref());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    #[test]
    fn a_command_sees_these_surroundings_and_no_other_variable() {
        let seen = printed(&Surroundings {
            time_zone: "X-5".to_owned(),
            source_date_epoch: Some(5),
            ..Surroundings::plain()
        });
        let known = [
            "HOME",
            "TMPDIR",
            "LANG",
            "LC_ALL",
            "TZ",
            "USER",
            "SOURCE_DATE_EPOCH",
        ];
        for line in seen.lines() {
            let (name, _) = line.split_once('=').unwrap();
            assert!(known.contains(&name) || KEPT.contains(&name), "{line}");
        }
        for line in [
            "HOME=/home",
            "TMPDIR=/temporary",
            "TZ=X-5",
            "SOURCE_DATE_EPOCH=5",
            "LC_ALL=C.UTF-8",
        ] {
            assert!(seen.lines().any(|seen| seen == line), "{line}");
        }
    }

    #[test]
    fn it_is_said_what_they_are() {
        let surroundings = Surroundings {
            user: Some(7),
            ..Surroundings::plain()
        };
        assert_eq!(
            surroundings.to_string(),
            "user 7, locale C.UTF-8, time zone UTC0"
        );
        let surroundings = Surroundings {
            umask: Some(0o77),
            jobs: Some(1),
            source_date_epoch: Some(5),
            year: Some(1985),
            file_order: FileOrder::MemoryReversed,
            ..Surroundings::plain()
        };
        let said = surroundings.to_string();
        let expected =
            "umask 077, 1 at once, SOURCE_DATE_EPOCH 5, files of 1985, in memory, made backwards";
        assert!(said.ends_with(expected), "{said}");
    }
}
