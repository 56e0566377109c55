//! Which files a nested build has read, so that Cargo runs it again when one changes.
//!
//! Cargo leaves a list of source files beside the program, those of path dependencies and of their
//! build scripts among them. It does not list the files that configure the build: manifests,
//! the lock file, configuration. They are found where Cargo finds them, in the directories above
//! each source. (Files of crates from a registry never change and are in no list.)

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::log::Failure;

/// What listed paths are relative to: nothing, or the root.
pub const BASE: &str = "/";

/// What is read in each directory above a source file, where it exists.
const BUILD_FILES: [&str; 5] = [
    "Cargo.toml",
    ".cargo/config",
    ".cargo/config.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
];

/// The files that `artifact` was built from.
pub fn find(artifact: &Path, manifest: &Path, cargo: &Path) -> Result<Vec<PathBuf>, Failure> {
    let list = artifact.with_extension("d");
    let text = fs::read_to_string(&list).map_err(|error| Failure::Inputs(list.clone(), error))?;
    let sources: BTreeSet<PathBuf> = sources(&text).collect();

    let mut inputs = BTreeSet::from([manifest.with_file_name("Cargo.lock")]);
    let directories: BTreeSet<&Path> = sources
        .iter()
        .flat_map(|source| source.ancestors().skip(1))
        .chain(manifest.ancestors().skip(1))
        .collect();
    for directory in directories {
        let files = BUILD_FILES.map(|name| directory.join(name));
        // One that is missing would make Cargo run the build again every time.
        inputs.extend(files.into_iter().filter(|file| file.is_file()));
    }
    // A wrapper script; not a name that is looked for in PATH.
    if cargo.components().count() > 1 {
        inputs.insert(cargo.to_owned());
    }
    inputs.extend(sources);
    Ok(inputs.into_iter().collect())
}

/// The sources in a list of the form `program: source source …`, with spaces escaped.
fn sources(list: &str) -> impl Iterator<Item = PathBuf> {
    // What comes before the colon is the program's own path, which can contain one as well, but no
    // space after it that is not escaped.
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
        let found: Vec<_> = sources(list).collect();
        let expected = ["/s/main.rs", "/s/a b.rs", "/s/relative.rs"];
        assert_eq!(found, expected.map(PathBuf::from));
        assert_eq!(sources("").count(), 0);
    }

    #[test]
    fn finds_manifests_and_configuration_of_all_ancestors() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for directory in [".cargo", "stage0/src", "other/src", "out"] {
            fs::create_dir_all(at(directory)).unwrap();
        }
        let there = [
            "stage0/Cargo.toml",
            "stage0/Cargo.lock",
            "stage0/src/main.rs",
            "other/Cargo.toml",
            "other/src/lib.rs",
            ".cargo/config.toml",
        ];
        for file in there {
            fs::write(at(file), "").unwrap();
        }
        let list = format!(
            "{0}/out/fastboop-stage0: {0}/other/src/lib.rs {0}/stage0/src/main.rs\n",
            dir.path().display()
        );
        fs::write(at("out/fastboop-stage0.d"), list).unwrap();
        let (artifact, manifest) = (at("out/fastboop-stage0"), at("stage0/Cargo.toml"));
        let cargo = Path::new("/bin/wrapper");
        let found = find(&artifact, &manifest, cargo).unwrap();
        for file in there.map(at) {
            assert!(found.contains(&file), "{file:?}: {found:?}");
        }
        assert!(found.contains(&cargo.to_owned()));
        assert!(!found.contains(&at("Cargo.toml")), "it is missing");
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
