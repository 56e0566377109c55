//! The environment of a build.

use std::path::Path;
use std::process::Command;
use std::{env, fmt};

use crate::FileOrder;

/// The parts of a build's environment that its result must not depend on.
///
/// The clock cannot be varied: Bazel removes `LD_PRELOAD`, and with it libfaketime, from its server's environment, and Linux has no
/// wall clock per process. As two builds start seconds apart, any timestamp in an artifact still makes it differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildEnv {
    /// The user and group ID of the build; `None` is the current user. Another user requires root.
    pub user: Option<u32>,
    /// The value of `LANG` and `LC_ALL`.
    pub locale: String,
    /// The value of `TZ`, a POSIX time zone such as `UTC0`, which requires no time zone database.
    pub time_zone: String,
    /// The umask; `None` is that of the current process.
    pub umask: Option<u32>,
    /// The number of concurrent actions or compilers; `None` is the default of Bazel or Cargo.
    pub jobs: Option<u32>,
    /// The value of `SOURCE_DATE_EPOCH`, in seconds.
    pub source_date_epoch: Option<u64>,
    /// The year of the modification times in the checkout; `None` leaves the time of the clone.
    pub year: Option<u32>,
    /// The order in which directories list their entries.
    pub file_order: FileOrder,
}

impl Default for BuildEnv {
    /// The current user, UTC and the locale C.UTF-8.
    fn default() -> Self {
        BuildEnv {
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
}

impl BuildEnv {
    /// Creates a command with this environment, and these values of HOME and TMPDIR.
    pub(crate) fn command(&self, program: &Path, home: &Path, tmp_dir: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        for name in INHERITED {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("HOME", home)
            .env("TMPDIR", tmp_dir)
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

/// The variables that a build inherits: the paths of programs, and the configuration of the network. The Debian root sets the first
/// three (tools/debian/lib/enter-run).
const INHERITED: [&str; 9] = [
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

impl fmt::Display for BuildEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.user {
            Some(id) => write!(f, "user {id}")?,
            None => f.write_str("current user")?,
        }
        write!(f, ", locale {}, time zone {}", self.locale, self.time_zone)?;
        if let Some(umask) = self.umask {
            write!(f, ", umask {umask:03o}")?;
        }
        if let Some(jobs) = self.jobs {
            write!(f, ", {jobs} jobs")?;
        }
        if let Some(seconds) = self.source_date_epoch {
            write!(f, ", SOURCE_DATE_EPOCH {seconds}")?;
        }
        if let Some(year) = self.year {
            write!(f, ", files from {year}")?;
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

    fn print_environment(env: &BuildEnv) -> String {
        let mut command = env.command("env".as_ref(), "/home".as_ref(), "/tmp".as_ref());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    #[test]
    fn sets_only_its_own_and_inherited_variables() {
        let printed = print_environment(&BuildEnv {
            time_zone: "X-5".to_owned(),
            source_date_epoch: Some(5),
            ..BuildEnv::default()
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
        for line in printed.lines() {
            let (name, _) = line.split_once('=').unwrap();
            assert!(known.contains(&name) || INHERITED.contains(&name), "{line}");
        }
        for line in [
            "HOME=/home",
            "TMPDIR=/tmp",
            "TZ=X-5",
            "SOURCE_DATE_EPOCH=5",
            "LC_ALL=C.UTF-8",
        ] {
            assert!(printed.lines().any(|printed| printed == line), "{line}");
        }
    }

    #[test]
    fn displays_all_values() {
        let env = BuildEnv {
            user: Some(7),
            ..BuildEnv::default()
        };
        assert_eq!(env.to_string(), "user 7, locale C.UTF-8, time zone UTC0");
        let env = BuildEnv {
            umask: Some(0o77),
            jobs: Some(1),
            source_date_epoch: Some(5),
            year: Some(1985),
            file_order: FileOrder::TmpfsReversed,
            ..BuildEnv::default()
        };
        let text = env.to_string();
        let expected = "umask 077, 1 jobs, SOURCE_DATE_EPOCH 5, files from 1985, tmpfs, reversed";
        assert!(text.ends_with(expected), "{text}");
    }
}
