//! The compiler flags for stage0, as configuration for Cargo.
//!
//! They link stage0 statically and replace the paths of this machine, which panic messages contain,
//! so that the same source gives the same bytes in any directory and for any user.

use std::path::Path;
use std::process::Command;

use stage0_artifact::Target;

/// The compiler of the nested build.
#[derive(Debug)]
pub struct Compiler {
    /// The output of `rustc --print sysroot`.
    sysroot: String,
    /// The `commit-hash` in the output of `rustc -vV`.
    commit: String,
}

impl Compiler {
    /// Queries the `rustc` that `command` starts. Returns `None` if it fails: the build then fails
    /// too and reports the cause.
    pub fn query(command: impl Fn() -> Command) -> Option<Self> {
        let query = |argument: &str, value: &str| {
            let output = command().args([argument, value]).output().ok()?;
            String::from_utf8(output.stdout).ok()
        };
        Self::parse(
            &query("--print", "sysroot")?,
            &query("--version", "--verbose")?,
        )
    }

    fn parse(sysroot: &str, version: &str) -> Option<Self> {
        let commit = version
            .lines()
            .find_map(|line| line.strip_prefix("commit-hash: "))?;
        Some(Compiler {
            sysroot: sysroot.trim_end().to_owned(),
            commit: commit.to_owned(),
        })
    }
}

/// The value of Cargo's `--config` option.
pub fn configuration(
    target: Target,
    manifest: &Path,
    cargo_home: Option<&Path>,
    compiler: Option<&Compiler>,
) -> String {
    // The musl targets of some distributions link dynamically by default.
    let mut flags = vec!["-Ctarget-feature=+crt-static".to_owned()];
    let mut prefixes = path_prefixes(manifest, cargo_home, compiler);
    // rustc applies the last prefix that matches, which has to be the innermost directory.
    prefixes.sort_by_key(|(from, _)| from.len());
    flags.extend(
        prefixes
            .iter()
            .map(|(from, to)| format!("--remap-path-prefix={from}={to}")),
    );
    format!(
        "target.{}.rustflags={}",
        target.triple(),
        toml::Value::from(flags)
    )
}

/// The directories of this machine, and their replacements in stage0.
fn path_prefixes(
    manifest: &Path,
    cargo_home: Option<&Path>,
    compiler: Option<&Compiler>,
) -> Vec<(String, String)> {
    let mut prefixes = Vec::new();
    let mut add = |from: Option<&Path>, to: String| {
        // A path that is not UTF-8 cannot be passed to Cargo; see `Error::UnsupportedPath`.
        let from = from.and_then(Path::to_str);
        prefixes.extend(from.map(|from| (from.to_owned(), to)));
    };
    // The checkout contains stage0 and its path dependencies.
    let checkout = manifest.parent().and_then(Path::parent);
    add(checkout, String::new());
    add(cargo_home, "cargo-home".to_owned());
    if let Some(Compiler { sysroot, commit }) = compiler {
        // std's files have this prefix if its source is not installed.
        let source = Path::new(sysroot).join("lib/rustlib/src/rust");
        add(Some(&source), format!("/rustc/{commit}"));
    }
    prefixes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remaps_every_local_directory() {
        let version = "rustc 1.97.1\nbinary: rustc\ncommit-hash: c0ffee\nhost: h\n";
        let compiler = Compiler::parse("/usr\n", version).unwrap();
        let manifest = Path::new("/h/a \"b\"/stage0/Cargo.toml");
        let home = Some(Path::new("/h/.cargo"));
        assert_eq!(
            configuration(Target::Armv7, manifest, home, Some(&compiler)),
            "target.armv7-unknown-linux-musleabihf.rustflags=[\
             \"-Ctarget-feature=+crt-static\", \
             '--remap-path-prefix=/h/a \"b\"=', \
             \"--remap-path-prefix=/h/.cargo=cargo-home\", \
             \"--remap-path-prefix=/usr/lib/rustlib/src/rust=/rustc/c0ffee\"]"
        );
    }

    #[test]
    fn puts_the_innermost_directory_last() {
        let last = |manifest: &str, home: &str| {
            let flags = configuration(
                Target::Armv7,
                Path::new(manifest),
                Some(Path::new(home)),
                None,
            );
            flags.rsplit_once("prefix=").unwrap().1.to_owned()
        };
        // A Cargo home in the checkout, and a git dependency that Cargo checked out in its home.
        assert_eq!(last("/a/stage0/Cargo.toml", "/a/h"), "/a/h=cargo-home\"]");
        assert_eq!(
            last("/h/git/checkouts/a/stage0/Cargo.toml", "/h"),
            "/h/git/checkouts/a=\"]"
        );
    }

    #[test]
    fn ignores_a_compiler_that_fails() {
        assert!(Compiler::query(|| Command::new("/no/such/rustc")).is_none());
        assert!(Compiler::parse("", "").is_none());
    }
}
