//! MODULE.bazel: the Bazel modules, and the version of Rust.

use crate::starlark::{self, Literal};
use crate::{Error, Tree, is_hex};

/// The file.
pub const PATH: &str = "MODULE.bazel";

/// The Rust target whose standard library rules_rust has no digest of.
pub const RISCV64: &str = "riscv64gc-unknown-linux-musl";

/// The calls that fetch nothing which is not listed. Any other is refused: it may fetch.
const KNOWN: [&str; 12] = [
    ".format",
    "bazel_dep",
    "cargo_graph",
    "crate.from_cargo",
    "local_repository",
    "module",
    "register_toolchains",
    "rust.repository_set",
    "rust.toolchain",
    "use_extension",
    "use_repo",
    "use_repo_rule",
];

/// What MODULE.bazel pins.
#[derive(Debug)]
pub struct Module {
    /// All of the file.
    pub text: String,
    /// In the order of the file.
    pub dependencies: Vec<Dependency>,
    /// The version of Rust.
    pub rust: Literal,
    /// The sha256 of the archive of [`RISCV64`]'s standard library, for that version.
    pub riscv64_sha256: Literal,
}

/// One bazel_dep.
#[derive(Debug)]
pub struct Dependency {
    /// The module.
    pub name: String,
    /// Its version.
    pub version: Literal,
    /// The comment above it.
    pub comment: String,
}

/// Reads it. Fails on what it does not understand.
pub fn read(tree: &Tree) -> Result<Module, Error> {
    parse(tree.read(PATH)?)
}

fn parse(text: String) -> Result<Module, Error> {
    let file = starlark::parse(PATH, &text)?;
    let mut dependencies = Vec::new();
    for call in &file.calls {
        let at = |cause: &str| {
            Error::new(
                format!("{PATH}:{}", call.line),
                format!("{}: {cause}", call.name),
            )
        };
        if !KNOWN.contains(&call.name.as_str()) {
            return Err(at(
                "a call that is not known; if it fetches anything, its digest has to be listed: see KNOWN in tools/pins/src/module.rs",
            ));
        }
        if call.name == "bazel_dep" {
            let argument = |name| {
                call.texts
                    .iter()
                    .find(|(key, _)| key == name)
                    .map(|(_, text)| text.clone())
            };
            dependencies.push(Dependency {
                name: argument("name").ok_or_else(|| at("no name = \"…\""))?.value,
                version: argument("version")
                    .filter(|version| !version.value.is_empty())
                    .ok_or_else(|| at("no version = \"…\", so nothing pins it"))?,
                comment: comment_above(&text, call.line),
            });
        }
    }
    let assigned = |name: &str| {
        let mut found = file
            .assignments
            .iter()
            .filter(|assignment| assignment.name == name);
        match (found.next(), found.next()) {
            (Some(assignment), None) => Ok(assignment.text.clone()),
            _ => Err(Error::new(
                PATH,
                format!(
                    "not exactly one line {name} = \"…\", which is where its pin is looked for"
                ),
            )),
        }
    };
    let riscv64_sha256 = assigned("RISCV64_MUSL_STD_SHA256")?;
    if !is_hex(&riscv64_sha256.value, 64) {
        return Err(Error::new(
            PATH,
            "RISCV64_MUSL_STD_SHA256 is not a sha256, which is 64 lower-case hex digits",
        ));
    }
    Ok(Module {
        rust: assigned("RUST_VERSION")?,
        riscv64_sha256,
        dependencies,
        text,
    })
}

fn comment_above(text: &str, line: usize) -> String {
    let above: Vec<_> = text.lines().take(line - 1).collect();
    let comment = above.iter().rev().map_while(|line| line.strip_prefix('#'));
    let mut lines: Vec<_> = comment.map(str::trim).collect();
    lines.reverse();
    lines.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "3d4b7ca701a24e092f9256c9d68e117d9a7563dbb49013946763077f4f49d66b";

    fn module(more: &str) -> Result<Module, Error> {
        parse(format!(
            "RUST_VERSION = \"1.2.3\"\nRISCV64_MUSL_STD_SHA256 = \"{DIGEST}\"\n{more}"
        ))
    }

    #[test]
    fn pins_and_their_comments_are_read() {
        let module = module(
            "\n# One\n# two.\nbazel_dep(name = \"a\", version = \"1.0\", dev_dependency = True)\n",
        )
        .unwrap();
        assert_eq!(
            (
                module.rust.value.as_str(),
                module.riscv64_sha256.value.as_str()
            ),
            ("1.2.3", DIGEST)
        );
        let found = &module.dependencies[0];
        assert_eq!(
            (
                found.name.as_str(),
                found.version.value.as_str(),
                found.comment.as_str()
            ),
            ("a", "1.0", "One two.")
        );
        assert_eq!(&module.text[found.version.range.clone()], "1.0");
    }

    #[test]
    fn what_is_not_pinned_or_not_known_is_refused_with_its_line() {
        for (text, words) in [
            (
                "http_archive(name = \"a\")",
                "MODULE.bazel:3: http_archive: a call that is not known",
            ),
            (
                "[git_override(module_name = a) for a in B]",
                "MODULE.bazel:3: git_override: a call",
            ),
            (
                "bazel_dep(name = \"a\")",
                "no version = \"…\", so nothing pins it",
            ),
            ("bazel_dep(name = \"a\", version = \"\")", "no version"),
            ("bazel_dep(name = \"a\", version = A)", "no version"),
            ("bazel_dep(version = \"1\")", "no name"),
            ("RUST_VERSION = \"2\"", "not exactly one line RUST_VERSION"),
        ] {
            let message = module(text).unwrap_err().to_string();
            assert!(message.contains(words), "{text}: {message}");
        }
        let message =
            parse("RUST_VERSION = \"1\"\nRISCV64_MUSL_STD_SHA256 = \"12\"".into()).unwrap_err();
        assert!(message.to_string().contains("not a sha256"), "{message}");
    }
}
