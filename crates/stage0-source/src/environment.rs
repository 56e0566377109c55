//! The environment variables that Cargo and the user set.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::Error;

/// The values of the variables that decide what is embedded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// [`EMBED_PATH`](crate::variables::EMBED_PATH)
    pub embed_path: Option<OsString>,
    /// [`TARGET`](crate::variables::TARGET)
    pub target: Option<OsString>,
    /// [`PREFER`](crate::variables::PREFER)
    pub prefer: Option<OsString>,
    /// [`BASE_URL`](crate::variables::BASE_URL)
    pub base_url: Option<OsString>,
    /// [`TIMEOUT`](crate::variables::TIMEOUT)
    pub timeout: Option<OsString>,
    /// [`CARGO`](crate::variables::CARGO)
    pub cargo: Option<OsString>,
    /// `CARGO`: the one that runs this build.
    pub outer_cargo: Option<OsString>,
    /// `DOCS_RS`: set where documentation is built, without network and without stage0.
    pub docs_rs: Option<OsString>,
    /// `CARGO_PKG_REPOSITORY`; empty where the package has none.
    pub repository: Option<OsString>,
    /// `CARGO_PKG_VERSION`
    pub version: OsString,
    /// `CARGO_MANIFEST_DIR`: what relative paths count from.
    pub manifest_dir: PathBuf,
    /// `OUT_DIR`: where the checked copy goes.
    pub out_dir: PathBuf,
    /// `CARGO_HOME`, `XDG_CACHE_HOME` and `HOME`: where the cache and Cargo's own files can be.
    pub homes: [Option<OsString>; 3],
}

impl Environment {
    /// Those of this process. Fails when it was not started by Cargo.
    pub fn from_process() -> Result<Self, Error> {
        Self::read(|name| env::var_os(name))
    }

    /// Those that `get` knows.
    fn read(get: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let cargo = |name| get(name).ok_or(Error::NotCargo(name));
        Ok(Environment {
            embed_path: get(crate::variables::EMBED_PATH),
            target: get(crate::variables::TARGET),
            prefer: get(crate::variables::PREFER),
            base_url: get(crate::variables::BASE_URL),
            timeout: get(crate::variables::TIMEOUT),
            cargo: get(crate::variables::CARGO),
            outer_cargo: get("CARGO"),
            docs_rs: get(crate::variables::DOCS_RS),
            repository: get("CARGO_PKG_REPOSITORY"),
            version: cargo("CARGO_PKG_VERSION")?,
            manifest_dir: cargo("CARGO_MANIFEST_DIR")?.into(),
            out_dir: cargo("OUT_DIR")?.into(),
            homes: ["CARGO_HOME", "XDG_CACHE_HOME", "HOME"].map(get),
        })
    }

    /// The Cargo home directory. `None` when no variable names one.
    pub fn cargo_home(&self) -> Option<PathBuf> {
        let [cargo_home, _, home] = &self.homes;
        let absolute =
            |path: &OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
        let default = || Some(absolute(home.as_ref()?)?.join(".cargo"));
        cargo_home.as_ref().and_then(absolute).or_else(default)
    }

    /// The directory for downloaded artifacts: below `CARGO_HOME` if it is set, else in
    /// the XDG cache directory. `None` when no variable names one.
    pub fn cache_dir(&self) -> Option<PathBuf> {
        let below = [
            "fastboop/stage0",
            "fastboop/stage0",
            ".cache/fastboop/stage0",
        ];
        self.homes
            .iter()
            .zip(below)
            .filter_map(|(home, below)| Some((PathBuf::from(home.as_ref()?), below)))
            // XDG: what is not absolute is to be ignored. That covers empty values too.
            .find(|(home, _)| home.is_absolute())
            .map(|(home, below)| home.join(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_missing_variable_outside_cargo() {
        let error = Environment::read(|_| None).unwrap_err();
        assert!(error.to_string().contains("CARGO_PKG_VERSION"), "{error}");
        let environment = Environment::read(|name| Some(name.into())).unwrap();
        assert_eq!(environment.out_dir, PathBuf::from("OUT_DIR"));
    }

    #[test]
    fn finds_cargo_home() {
        for (cargo_home, home, expected) in [
            ("/c", "/h", Some("/c")),
            ("", "/h", Some("/h/.cargo")),
            ("relative", "", None),
        ] {
            let homes = [Some(cargo_home.into()), None, Some(home.into())];
            let environment = Environment {
                homes,
                ..Environment::default()
            };
            assert_eq!(environment.cargo_home(), expected.map(PathBuf::from));
        }
        assert_eq!(Environment::default().cargo_home(), None);
    }

    #[test]
    fn finds_the_cache_directory() {
        for (homes, expected) in [
            (["/c", "/x", "/h"], "/c/fastboop/stage0"),
            (["", "/x", "/h"], "/x/fastboop/stage0"),
            (["", "relative", "/h"], "/h/.cache/fastboop/stage0"),
        ] {
            let homes = homes.map(|home| Some(home.into()));
            let environment = Environment {
                homes,
                ..Environment::default()
            };
            assert_eq!(environment.cache_dir(), Some(expected.into()));
        }
        assert_eq!(Environment::default().cache_dir(), None);
    }
}
