//! Kernel modules for the initramfs.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ::initramfs::{Content, Source, Tree};
use fastboop_files::{Cause, file};
use file_system::FileSystem;
use kernel_modules::{ModuleIndex, module_name};

use crate::error::Error;
use crate::module_files::{HostFiles, ImageFiles, ModuleFiles, read_index};

/// The path of the list of modules that stage0 loads first. It contains only the requested modules:
/// stage0 finds their dependencies in the indexes. Soft dependencies must not be in the list, because
/// failing to load a listed module is an error. Format: modules-load.d(5).
const LOAD_LIST: &str = "etc/modules-load.d/stage0.conf";

/// The path of the directory for files of modprobe.d(5).
const CONFIG_DIR: &str = "etc/modprobe.d";

/// Modules with this suffix are stored decompressed and without it. stage0 would need memory for a whole
/// module to decompress it, if the kernel does not. The image is compressed itself, so it does not grow.
const ZSTD_SUFFIX: &str = ".zst";

/// The kernel modules of one kernel release.
pub struct ModuleTree<'a> {
    files: Box<dyn ModuleFiles + 'a>,
    release: String,
    index: ModuleIndex,
    /// The files of modprobe.d(5): name and content.
    config: Vec<(String, String)>,
    /// The paths on this machine of the files in `index` and `config`.
    inputs: Vec<PathBuf>,
}

impl fmt::Debug for ModuleTree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let directory = self.files.directory();
        f.debug_tuple("ModuleTree").field(&directory).finish()
    }
}

impl<'a> ModuleTree<'a> {
    /// Opens the modules of a kernel release in `directory`, such as `/lib/modules`. `release` may be `None`
    /// if the directory contains only one.
    pub fn open(directory: &Path, release: Option<&str>) -> Result<Self, Error> {
        let mut releases =
            releases(directory).map_err(|error| Error::Read(directory.to_owned(), error))?;
        let release = match release {
            Some(release) if releases.iter().any(|found| found == release) => release.to_owned(),
            Some(release) if !releases.is_empty() => {
                let directory = directory.to_owned();
                return Err(Error::OtherReleases(
                    directory,
                    release.to_owned(),
                    releases,
                ));
            }
            _ => match (releases.pop(), releases.is_empty()) {
                (Some(release), true) => release,
                (Some(last), false) => {
                    releases.push(last);
                    return Err(Error::SeveralReleases(directory.to_owned(), releases));
                }
                (None, _) => return Err(Error::NoRelease(directory.to_owned())),
            },
        };
        Self::new(HostFiles(directory.join(&release)), release)
    }

    /// Opens the modules of `release` in an image: `directory` is that of the release.
    pub fn in_image(
        fs: &'a dyn FileSystem,
        directory: &Path,
        release: &str,
    ) -> Result<Self, Error> {
        let directory = directory.to_owned();
        Self::new(ImageFiles { fs, directory }, release.to_owned())
    }

    fn new(files: impl ModuleFiles + 'a, release: String) -> Result<Self, Error> {
        Ok(ModuleTree {
            index: read_index(&files, &release)?,
            inputs: files.inputs(),
            files: Box::new(files),
            release,
            config: Vec::new(),
        })
    }

    /// The indexes of the modules.
    pub fn index(&self) -> &ModuleIndex {
        &self.index
    }

    /// Adds a file of modprobe.d(5), `<name>.conf`: its aliases, blacklist and soft dependencies apply to
    /// the choice of modules, and stage0 applies all of it when it loads them.
    pub fn add_config(&mut self, path: &Path) -> Result<(), Error> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name
            .filter(|name| name.ends_with(".conf"))
            .ok_or_else(|| Error::ConfigName(path.to_owned()))?;
        let bytes = match file::read(path) {
            Err(error) if matches!(error.cause, Cause::Empty) => Vec::new(),
            result => result?,
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let error = io::Error::new(io::ErrorKind::InvalidData, error);
            Error::Read(path.to_owned(), error)
        })?;
        self.inputs.push(path.to_owned());
        self.index.add_config(&text);
        self.config.push((name.to_owned(), text));
        Ok(())
    }

    /// The paths of the files that were read.
    pub(crate) fn inputs(&self) -> &[PathBuf] {
        &self.inputs
    }

    /// The kernel release, as `uname -r` prints it.
    pub fn release(&self) -> &str {
        &self.release
    }

    /// Adds the modules, their dependencies, indexes that list only these, their configuration and the
    /// load list to `tree`. Returns warnings.
    pub(crate) fn add_to(&self, tree: &mut Tree, modules: &[&str]) -> Result<Vec<String>, Error> {
        let unknown = |error| Error::UnknownModule {
            directory: self.files.directory().to_owned(),
            error,
        };
        let exists = |path: &str| self.files.exists(path);
        let mut subset = self.index.subset(modules, exists).map_err(unknown)?;
        let target = Path::new("lib/modules").join(&self.release);
        let names = modules
            .iter()
            .flat_map(|module| [module_name(module), "\n".into()]);
        let list: String = names.collect();
        for file in &subset.files {
            let stem = file.strip_suffix(ZSTD_SUFFIX);
            let source = self.files.source(file, stem.is_some())?;
            let name = stem.unwrap_or(file);
            tree.insert(&target.join(name), 0o644, Content::Regular(source))?;
        }
        subset.remove_suffix(ZSTD_SUFFIX);
        let indexes = subset.index.iter();
        let indexes = indexes.map(|(name, text)| (target.join(name), text));
        let config = self.config.iter();
        let config = config.map(|(name, text)| (Path::new(CONFIG_DIR).join(name), text.as_str()));
        let list = [(LOAD_LIST.into(), list.as_str())];
        for (path, text) in indexes.chain(config).chain(list) {
            let bytes = Cow::Owned(text.as_bytes().to_vec());
            tree.insert(&path, 0o644, Content::Regular(Source::Bytes(bytes)))?;
        }
        Ok(self.warnings(&subset.missing, modules))
    }

    fn warnings(&self, missing: &[String], modules: &[&str]) -> Vec<String> {
        let missing = missing.iter().map(|path| {
            let path = self.files.path(path);
            format!(
                "{}: missing, or requires a missing module; left out, as it is only a soft dependency",
                path.display()
            )
        });
        let blacklisted = modules
            .iter()
            .filter(|module| self.index.is_excluded(module))
            .map(|module| format!("{module}: blacklisted, so stage0 does not load it"));
        let ignored = self.config.iter().flat_map(|(name, text)| {
            let lines = text.lines().zip(1..);
            let has_command = |line: &str| {
                let keyword = line.split_whitespace().next();
                matches!(keyword, Some("install" | "remove"))
            };
            lines
                .filter(move |(line, _)| has_command(line))
                .map(move |(_, number)| {
                    format!("{name}, line {number}: stage0 runs no commands; ignored")
                })
        });
        missing.chain(blacklisted).chain(ignored).collect()
    }
}

/// The names of the directories that have module indexes, sorted.
fn releases(directory: &Path) -> io::Result<Vec<String>> {
    let mut releases = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        // Ignore other names: those of kernel releases are ASCII.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if entry.path().join("modules.dep").is_file() {
            releases.push(name);
        }
    }
    releases.sort();
    Ok(releases)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::initramfs::{Compression, Compressor};
    use std::io::Write;
    use tempfile::TempDir;

    /// Creates a directory with modules of these releases: `a-a` depends on `b`, and `gone` has no file.
    fn create_modules(releases: &[&str]) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        for release in releases {
            let at = |name: &str| dir.path().join(release).join(name);
            fs::create_dir_all(at("k")).unwrap();
            fs::write(at("modules.dep"), "k/a-a.ko: k/b.ko\nk/b.ko:\nk/gone.ko:\n").unwrap();
            fs::write(at("k/a-a.ko"), "a").unwrap();
            fs::write(at("k/b.ko"), "bb").unwrap();
        }
        dir
    }

    fn tree_with(dir: &TempDir, modules: &[&str]) -> Result<Tree, Error> {
        let mut tree = Tree::default();
        ModuleTree::open(dir.path(), None)?.add_to(&mut tree, modules)?;
        Ok(tree)
    }

    #[test]
    fn adds_modules_with_their_dependencies() {
        let dir = create_modules(&["6.1"]);
        fs::create_dir(dir.path().join("other")).unwrap();
        let tree = tree_with(&dir, &["a_a"]).unwrap();
        let files: Vec<_> = tree
            .iter()
            .filter(|(_, mode, _)| *mode == 0o100_644)
            .map(|(path, _, size)| (path.to_str().unwrap(), size))
            .collect();
        assert_eq!(
            files,
            [
                ("etc/modules-load.d/stage0.conf", 4),
                ("lib/modules/6.1/k/a-a.ko", 1),
                ("lib/modules/6.1/k/b.ko", 2),
                ("lib/modules/6.1/modules.alias", 0),
                ("lib/modules/6.1/modules.builtin", 0),
                ("lib/modules/6.1/modules.dep", 25),
                ("lib/modules/6.1/modules.softdep", 0),
            ]
        );
    }

    /// stage0 would need memory for a whole module.
    #[test]
    fn decompresses_modules_that_are_compressed_with_zstd() {
        let dir = create_modules(&["6.1"]);
        let at = |name: &str| dir.path().join("6.1").join(name);
        fs::write(at("modules.dep"), "k/a.ko.zst: k/b.ko\nk/b.ko:\n").unwrap();
        let mut zstd = Compressor::new(Vec::new(), Compression::Zstd).unwrap();
        zstd.write_all(b"module a").unwrap();
        fs::write(at("k/a.ko.zst"), zstd.finish().unwrap()).unwrap();
        let tree = tree_with(&dir, &["a"]).unwrap();
        let found = tree.iter().find(|(path, ..)| path.ends_with("k/a.ko"));
        assert_eq!(found.unwrap().2, 8);
        let mut archive = Vec::new();
        tree.write(&mut archive, 0, &mut |_| ()).unwrap();
        let archive = String::from_utf8(archive).unwrap();
        for words in ["module a", "k/b.ko:\nk/a.ko: k/b.ko\n"] {
            assert!(archive.contains(words), "{words}");
        }
        assert!(!archive.contains(".zst"));

        fs::write(at("k/a.ko.zst"), "plain").unwrap();
        let message = tree_with(&dir, &["a"]).unwrap_err().to_string();
        assert!(message.contains("/k/a.ko.zst: cannot decompress it: not zstd"));
    }

    #[test]
    fn selects_one_release() {
        let dir = create_modules(&["6.1", "6.2"]);
        let open = |release| ModuleTree::open(dir.path(), release);
        assert_eq!(open(Some("6.2")).unwrap().release(), "6.2");
        for (release, words) in [
            (
                None,
                "several kernels; choose one with --kernel-release: 6.1, 6.2",
            ),
            (Some("6.3"), "no kernel release 6.3; available: 6.1, 6.2"),
            (Some("../6.1"), "no kernel release ../6.1"),
        ] {
            let message = open(release).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
        for release in [None, Some("6.1")] {
            let empty = tempfile::tempdir().unwrap();
            let message = ModuleTree::open(empty.path(), release).unwrap_err();
            assert!(message.to_string().contains("no kernel modules"));
        }
        let message = ModuleTree::open(Path::new("/nowhere"), None).unwrap_err();
        assert!(message.to_string().starts_with("/nowhere: cannot read it"));
    }

    #[test]
    fn reports_missing_modules_and_files() {
        let dir = create_modules(&["6.1"]);
        for (module, words) in [
            ("none", "/6.1: no module none"),
            ("gone", "/6.1/k/gone.ko: cannot read it"),
        ] {
            let message = tree_with(&dir, &[module]).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
