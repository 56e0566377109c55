//! The environment variables that Cargo and the user set.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::Error;

/// The values of the variables that determine which stage0 is embedded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// The value of [`EMBED_PATH`](crate::EMBED_PATH).
    pub embed_path: Option<OsString>,
    /// The value of [`TARGET`](crate::TARGET).
    pub target: Option<OsString>,
    /// The value of [`PREFER`](crate::PREFER).
    pub prefer: Option<OsString>,
    /// The value of [`BASE_URL`](crate::BASE_URL).
    pub base_url: Option<OsString>,
    /// The value of [`TIMEOUT`](crate::TIMEOUT).
    pub timeout: Option<OsString>,
    /// The value of [`CARGO`](crate::CARGO), the Cargo for the nested build.
    pub cargo: Option<OsString>,
    /// The value of `CARGO`: the Cargo that runs this build script.
    pub outer_cargo: Option<OsString>,
    /// The value of [`DOCS_RS`](crate::DOCS_RS). Builds on docs.rs have neither a network nor a stage0.
    pub docs_rs: Option<OsString>,
    /// The value of `CARGO_PKG_REPOSITORY`: the package's repository URL, empty if it has none.
    pub repository: Option<OsString>,
    /// The value of `CARGO_PKG_VERSION`: the package's version, which selects the release.
    pub version: OsString,
    /// The value of `CARGO_MANIFEST_DIR`: the directory to which relative paths refer.
    pub manifest_dir: PathBuf,
    /// The value of `PWD`, if set: the directory in which the user's shell started Cargo. Cargo starts
    /// build scripts in another one, and does not change the variable.
    pub shell_dir: Option<PathBuf>,
    /// The value of `OUT_DIR`: the directory for the checked copy and the nested build.
    pub out_dir: PathBuf,
    /// The values of `CARGO_HOME`, `XDG_CACHE_HOME` and `HOME`, in this order, which locate the
    /// download cache and Cargo's own files.
    pub homes: [Option<OsString>; 3],
}

impl Environment {
    /// Reads the variables of this process. Fails if a variable that Cargo sets is missing.
    pub fn from_process() -> Result<Self, Error> {
        Self::read(|name| env::var_os(name))
    }

    fn read(get: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let require = |name| get(name).ok_or(Error::MissingVariable(name));
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
            version: require("CARGO_PKG_VERSION")?,
            manifest_dir: require("CARGO_MANIFEST_DIR")?.into(),
            shell_dir: get("PWD").map(PathBuf::from),
            out_dir: require("OUT_DIR")?.into(),
            homes: ["CARGO_HOME", "XDG_CACHE_HOME", "HOME"].map(get),
        })
    }

    /// The path that the user wrote in `variable`: absolute, or relative to the manifest directory. Fails
    /// if that file does not exist, but one where the user may have meant: in the directory of the shell, or
    /// in one above the package, such as the workspace.
    pub fn resolve(&self, variable: &'static str, path: &Path) -> Result<PathBuf, Error> {
        let start = &self.manifest_dir;
        // `join` keeps an absolute path.
        let resolved = start.join(path);
        if path.is_absolute() || resolved.exists() {
            return Ok(resolved);
        }
        let directories = self.shell_dir.iter().map(PathBuf::as_path);
        let found = directories
            .chain(start.ancestors().skip(1))
            .map(|directory| directory.join(path))
            .find(|candidate| candidate.is_absolute() && candidate.is_file());
        match found {
            // Without `..` where possible; the path is to be copied.
            Some(found) => Err(Error::RelativePath {
                variable,
                path: path.to_owned(),
                start: start.clone(),
                found: found.canonicalize().unwrap_or(found),
            }),
            None => Ok(resolved),
        }
    }

    /// The Cargo home directory: `CARGO_HOME`, or `.cargo` in `HOME`. `None` if neither variable holds
    /// an absolute path.
    pub fn cargo_home(&self) -> Option<PathBuf> {
        let [cargo_home, _, home] = &self.homes;
        let absolute =
            |path: &OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
        let default = || Some(absolute(home.as_ref()?)?.join(".cargo"));
        cargo_home.as_ref().and_then(absolute).or_else(default)
    }

    /// The directory for downloaded artifacts: in `CARGO_HOME` if that is set, otherwise in the XDG
    /// cache directory. `None` if no variable holds an absolute path.
    pub fn cache_dir(&self) -> Option<PathBuf> {
        let subdirectories = [
            "fastboop/stage0",
            "fastboop/stage0",
            ".cache/fastboop/stage0",
        ];
        self.homes
            .iter()
            .zip(subdirectories)
            .filter_map(|(home, path)| Some((PathBuf::from(home.as_ref()?), path)))
            // The XDG specification requires relative paths, and so empty values, to be ignored.
            .find(|(home, _)| home.is_absolute())
            .map(|(home, path)| home.join(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_the_missing_variable_outside_cargo() {
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
