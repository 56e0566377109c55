//! The initramfs that a device is booted with: stage0 as `/init`, and what it needs.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use ::initramfs::{Compression, Compressor, Content, Source, Tree};
use fastboop_files::file;
use stage0_artifact::Artifact;
use stage0_settings::Settings;

use crate::append::{Counter, append};
use crate::embedded::{STAGE0, inspect_embedded};
use crate::error::Error;
use crate::extra_file::ExtraFile;
use crate::modules::ModuleTree;

/// An initramfs in the making.
#[derive(Debug)]
pub struct Initramfs {
    tree: Tree,
    stage0: Artifact,
}

/// Options of [`Initramfs::write`].
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// How it is compressed.
    pub compression: Compression,
    /// The time that all files have, in seconds after 1970.
    pub mtime: u32,
    /// An image that comes first, and stays as it is.
    pub append_to: Option<&'a Path>,
}

/// The sizes of a written initramfs, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// The whole file.
    pub size: u64,
    /// The part of it that was there before: `append_to`.
    pub existing: u64,
    /// The archive with stage0, before it was compressed.
    pub unpacked: u64,
}

/// The totals of what was added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many files, directories not counted.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

/// What stage0 finds when it starts, before it has mounted anything.
const DIRECTORIES: [&str; 4] = ["dev", "proc", "run", "sys"];
/// The kernel's `Documentation/admin-guide/devices.txt`. It opens this before it starts stage0.
const CONSOLE: Content = Content::CharacterDevice(5, 1);

impl Initramfs {
    /// With a stage0, and nothing else yet: the one in the file `stage0`, or the embedded one.
    pub fn new(stage0: Option<&Path>) -> Result<Self, Error> {
        let (stage0, bytes) = match stage0 {
            Some(path) => {
                let bytes = file::read(path)?;
                // Of any target: the file names its own.
                let artifact = Artifact::inspect(&bytes, None).map_err(|error| Error::Stage0 {
                    path: path.to_owned(),
                    error,
                })?;
                (artifact, Cow::Owned(bytes))
            }
            None => (
                inspect_embedded().map_err(Error::Embedded)?,
                Cow::Borrowed(STAGE0),
            ),
        };
        let mut tree = Tree::default();
        for directory in DIRECTORIES {
            tree.insert(Path::new(directory), 0o755, Content::Directory)?;
        }
        tree.insert(Path::new("dev/console"), 0o600, CONSOLE)?;
        let init = Content::Regular(Source::Bytes(bytes));
        tree.insert(Path::new("init"), 0o755, init)?;
        Ok(Initramfs { tree, stage0 })
    }

    /// The stage0 that is `/init`.
    pub fn stage0(&self) -> &Artifact {
        &self.stage0
    }

    /// Puts in kernel modules and all that they need, as they are, with indexes that know of
    /// nothing else, and has stage0 load them, in `/etc/modules-load.d/stage0.conf`.
    pub fn add_modules(&mut self, from: &ModuleTree, modules: &[&str]) -> Result<Totals, Error> {
        self.count(|tree| from.add_to(tree, modules))
    }

    /// Puts in a setting, after the same check that stage0 makes.
    pub fn add_setting(&mut self, key: &str, value: &str) -> Result<Totals, Error> {
        Settings::default()
            .set(key, value)
            .map_err(Error::Setting)?;
        // As it stands in the table of settings, where - and _ are the same.
        let path = Path::new("etc/stage0").join(key.replace('-', "_"));
        let line = format!("{value}\n").into_bytes();
        self.count(|tree| {
            let content = Content::Regular(Source::Bytes(Cow::Owned(line)));
            Ok(tree.insert(&path, 0o644, content)?)
        })
    }

    /// Puts in a file, or a directory with all that is in it.
    pub fn add_file(&mut self, file: &ExtraFile) -> Result<Totals, Error> {
        self.count(|tree| file.add_to(tree))
    }

    fn count(&mut self, put: impl FnOnce(&mut Tree) -> Result<(), Error>) -> Result<Totals, Error> {
        let before = totals(&self.tree);
        put(&mut self.tree)?;
        let after = totals(&self.tree);
        Ok(Totals {
            files: after.files - before.files,
            bytes: after.bytes - before.bytes,
        })
    }

    /// The total number of bytes that [`Initramfs::write`] reports to `progress`.
    pub fn total_bytes(&self, options: &Options) -> u64 {
        let existing = options.append_to.and_then(|path| path.metadata().ok());
        self.tree.size() + existing.map_or(0, |found| found.len())
    }

    /// Writes it: the same bytes for the same contents and options, wherever and whenever.
    pub fn write(
        &self,
        output: impl Write,
        options: &Options,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Summary, Error> {
        let mut output = Counter::new(output);
        if let Some(path) = options.append_to {
            append(path, &mut output, progress)?;
        }
        let existing = output.count();
        let failed = |error| Error::Write(::initramfs::WriteError::Output(error));
        let mut compressor = Compressor::new(&mut output, options.compression).map_err(failed)?;
        let unpacked = self.tree.write(&mut compressor, options.mtime, progress)?;
        compressor.finish().map_err(failed)?;
        output.flush().map_err(failed)?;
        Ok(Summary {
            size: output.count(),
            existing,
            unpacked,
        })
    }
}

fn totals(tree: &Tree) -> Totals {
    let files = tree
        .iter()
        .filter(|(_, mode, _)| mode & 0o170_000 != 0o040_000);
    Totals {
        files: files.count() as u64,
        bytes: tree.size(),
    }
}
