//! What comes from Debian's archive, and which scripts download at all.
//!
//! Debian's packages are not pinned by a digest: forky moves, and takes old versions away. The archive's signed Release file has
//! the digest of the package lists, and those have the digest of each package; apt and mmdebstrap check both.

use crate::policy::{Policy, Script};
use crate::{Error, Tree};

/// The lists of packages that the Debian root is made of.
const LISTS: &str = "tools/debian/packages";

/// Where scripts are.
const SCRIPTS: [&str; 3] = [".ci", ".github", "tools"];

/// Where Starlark is.
const STARLARK: [&str; 6] = [
    "bench",
    "crates",
    "platforms",
    "stage0",
    "toolchains",
    "tools",
];

/// What a shell script downloads with. Each counts as a word.
const SHELL_WORDS: [&str; 15] = [
    "apt-get",
    "aptitude",
    "mmdebstrap",
    "debootstrap",
    "npm",
    "npx",
    "pip install",
    "pip3 install",
    "pip download",
    "curl",
    "wget",
    "git clone",
    "rustup",
    "cargo install",
    "cargo update",
];

/// What Starlark downloads with.
const STARLARK_WORDS: [&str; 5] = [
    "http_archive",
    "http_file",
    "git_repository",
    "download",
    "download_and_extract",
];

/// One package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name, as it is written there.
    pub name: String,
    /// The Debian release.
    pub suite: String,
    /// The file that asks for it.
    pub path: String,
    /// What for.
    pub purpose: String,
}

/// All packages, by file. Every problem is added to `errors`.
pub fn read(tree: &Tree, policy: &Policy, errors: &mut Vec<Error>) -> Vec<Package> {
    let mut packages = Vec::new();
    lists(tree, &policy.debian_suite, &mut packages).unwrap_or_else(|error| errors.push(error));
    for script in &policy.scripts {
        of_script(tree, script, &mut packages).unwrap_or_else(|error| errors.push(error));
    }
    unlisted(tree, policy, errors).unwrap_or_else(|error| errors.push(error));
    packages
}

fn lists(tree: &Tree, suite: &str, packages: &mut Vec<Package>) -> Result<(), Error> {
    for path in tree.files(LISTS)?.into_iter().filter(|path| is_list(path)) {
        for line in tree.read(&path)?.lines() {
            let (name, comment) = line.split_once('#').unwrap_or((line, ""));
            if !name.trim().is_empty() {
                packages.push(Package {
                    name: name.trim().to_owned(),
                    suite: suite.to_owned(),
                    path: path.clone(),
                    purpose: comment.trim().to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// The lists of kernel modules beside them name no packages.
fn is_list(path: &str) -> bool {
    path.ends_with(".txt") && !path.ends_with("-modules.txt")
}

fn of_script(tree: &Tree, script: &Script, packages: &mut Vec<Package>) -> Result<(), Error> {
    let text = tree.read(&script.path)?;
    for name in &script.packages {
        // As it is in the script, so that an entry cannot outlive what it is for.
        let literal = name.split('*').next().unwrap_or(name);
        if !text.contains(literal) {
            let cause = format!(
                "does not name the package {literal}; take it out of tools/pins/policy.toml"
            );
            return Err(Error::new(&script.path, cause));
        }
        packages.push(Package {
            name: name.clone(),
            suite: script.suite.clone(),
            path: script.path.clone(),
            purpose: script.purpose.clone(),
        });
    }
    Ok(())
}

/// Finds what looks like a download in a script that the policy does not name.
fn unlisted(tree: &Tree, policy: &Policy, errors: &mut Vec<Error>) -> Result<(), Error> {
    let mut found = Vec::new();
    for directory in SCRIPTS {
        found.extend(
            tree.files(directory)?
                .into_iter()
                .filter(|path| is_script(path))
                .map(|path| (path, SHELL_WORDS.as_slice())),
        );
    }
    for directory in STARLARK {
        found.extend(
            tree.files(directory)?
                .into_iter()
                .filter(|path| is_starlark(path))
                .map(|path| (path, STARLARK_WORDS.as_slice())),
        );
    }
    for (path, words) in found {
        if policy.scripts.iter().any(|script| script.path == path) {
            continue;
        }
        // Bazel's tests have programs beside the scripts.
        let Some(text) = tree.read_if_text(&path)? else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| downloads(line, word)) {
                let cause = format!(
                    "`{word}` downloads; say in tools/pins/policy.toml what, and what pins it"
                );
                errors.push(Error::new(format!("{path}:{}", number + 1), cause));
            }
        }
    }
    Ok(())
}

fn is_starlark(path: &str) -> bool {
    path.ends_with(".bzl") || path.ends_with(".bazel")
}

/// Shell has no ending here, or `.sh`; workflows end with `.yml`.
fn is_script(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        None => true,
        Some((_, ending)) => matches!(ending, "sh" | "yml" | "yaml"),
    }
}

fn downloads(line: &str, word: &str) -> bool {
    let is_kept_to_the_lock = line.contains("--locked") || line.contains("--offline");
    if line.trim_start().starts_with('#') || (word.starts_with("cargo ") && is_kept_to_the_lock) {
        return false;
    }
    line.match_indices(word).any(|(at, _)| {
        let is_end = |c: Option<char>| {
            c.is_none_or(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/')))
        };
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line
            .get(at + word.len()..)
            .and_then(|text| text.chars().next());
        // `/usr/bin/curl` is one too.
        (is_end(before) || before == Some('/')) && is_end(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_is_a_word_that_is_not_in_a_comment() {
        for (line, word, is) in [
            ("apt-get install x", "apt-get", true),
            ("/usr/bin/curl -f y", "curl", true),
            ("$(curl y)", "curl", true),
            ("# apt-get install x", "apt-get", false),
            ("check_mmdebstrap", "mmdebstrap", false),
            ("set -o pipefail", "pip install", false),
            ("cargo install --locked x", "cargo install", false),
            ("cargo update -p x", "cargo update", true),
            ("repository_ctx.download(url)", "download", true),
            ("/.cache/npm/bin", "npm", false),
        ] {
            assert_eq!(downloads(line, word), is, "{line}");
        }
    }

    #[test]
    fn a_list_of_kernel_modules_is_no_list_of_packages() {
        assert!(is_list("tools/debian/packages/vm.txt"));
        assert!(!is_list("tools/debian/packages/vm-modules.txt"));
    }

    #[test]
    fn scripts_have_no_ending_of_a_program_or_text() {
        assert!(
            is_script("tools/bazel")
                && is_script(".ci/lib.sh")
                && is_script(".github/workflows/ci.yml")
        );
        assert!(!is_script("tools/debian/README.md") && !is_script("tools/x/main.rs"));
    }
}
