//! Finds the files that a nested build read, so that Cargo runs it again when one changes.
//!
//! Cargo writes a list of source files next to the program (the dep-info file), which includes those
//! of path dependencies and of build scripts. It does not list the files that configure the build:
//! manifests, the lock file and configuration. They are looked up in the parent directories of
//! each source, as Cargo does. (The files of crates from a registry never change, and are not listed.)

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::log::Failure;

/// The base directory of the listed paths: the root, so they are absolute.
pub const BASE: &str = "/";

/// The files that Cargo or rustup reads in each parent directory of a source file, if they exist.
const BUILD_FILES: [&str; 5] = [
    "Cargo.toml",
    ".cargo/config",
    ".cargo/config.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
];

/// Returns the source and configuration files of `artifact`, built from `manifest` by `cargo`.
pub fn find(artifact: &Path, manifest: &Path, cargo: &Path) -> Result<Vec<PathBuf>, Failure> {
    let list = artifact.with_extension("d");
    let text = fs::read_to_string(&list).map_err(|error| Failure::Inputs(list.clone(), error))?;
    let sources: BTreeSet<PathBuf> = parse_sources(&text).collect();

    let mut inputs = BTreeSet::from([manifest.with_file_name("Cargo.lock")]);
    let directories: BTreeSet<&Path> = sources
        .iter()
        .flat_map(|source| source.ancestors().skip(1))
        .chain(manifest.ancestors().skip(1))
        .collect();
    for directory in directories {
        let files = BUILD_FILES.map(|name| directory.join(name));
        // Cargo would run the build script every time for a tracked file that does not exist.
        inputs.extend(files.into_iter().filter(|file| file.is_file()));
    }
    // A path, such as that of a wrapper script, is an input; a name to look up in PATH is not.
    if cargo.components().count() > 1 {
        inputs.insert(cargo.to_owned());
    }
    inputs.extend(sources);
    Ok(inputs.into_iter().collect())
}

/// Parses a list of the form `program: source source …`, in which spaces in paths are escaped.
fn parse_sources(list: &str) -> impl Iterator<Item = PathBuf> {
    // The path of the program can contain a colon too, but no unescaped space after it.
    let sources = list.lines().next().and_then(|line| line.split_once(": "));
    let escaped = sources
        .map_or("", |(_, sources)| sources)
        .replace("\\ ", "\0");
    let paths: Vec<_> = escaped
        .split_whitespace()
        .map(|path| Path::new(BASE).join(path.replace('\0', " ")))
        .collect();
    paths.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_spaces_and_colons() {
        let list = "/o:t/a\\ b/stage0: /s/main.rs /s/a\\ b.rs s/relative.rs\n";
        let found: Vec<_> = parse_sources(list).collect();
        let expected = ["/s/main.rs", "/s/a b.rs", "/s/relative.rs"];
        assert_eq!(found, expected.map(PathBuf::from));
        assert_eq!(parse_sources("").count(), 0);
    }

    #[test]
    fn finds_manifests_and_configuration_of_all_ancestors() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for directory in [".cargo", "stage0/src", "other/src", "out"] {
            fs::create_dir_all(path(directory)).unwrap();
        }
        let files = [
            "stage0/Cargo.toml",
            "stage0/Cargo.lock",
            "stage0/src/main.rs",
            "other/Cargo.toml",
            "other/src/lib.rs",
            ".cargo/config.toml",
        ];
        for file in files {
            fs::write(path(file), "").unwrap();
        }
        let list = format!(
            "{0}/out/fastboop-stage0: {0}/other/src/lib.rs {0}/stage0/src/main.rs\n",
            dir.path().display()
        );
        fs::write(path("out/fastboop-stage0.d"), list).unwrap();
        let (artifact, manifest) = (path("out/fastboop-stage0"), path("stage0/Cargo.toml"));
        let cargo = Path::new("/bin/wrapper");
        let found = find(&artifact, &manifest, cargo).unwrap();
        for file in files.map(path) {
            assert!(found.contains(&file), "{file:?}: {found:?}");
        }
        assert!(found.contains(&cargo.to_owned()));
        assert!(!found.contains(&path("Cargo.toml")), "it does not exist");
        assert!(
            !find(&artifact, &manifest, Path::new("cargo"))
                .unwrap()
                .contains(&"cargo".into())
        );
    }

    #[test]
    fn reports_a_missing_list() {
        let dir = tempfile::tempdir().unwrap();
        let artifact = dir.path().join("fastboop-stage0");
        let message = find(&artifact, Path::new("/"), Path::new("c"))
            .unwrap_err()
            .to_string();
        assert!(message.contains("fastboop-stage0.d"), "{message}");
    }
}
