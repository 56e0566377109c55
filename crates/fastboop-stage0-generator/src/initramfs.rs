//! The initramfs that boots a device: stage0 as `/init`, kernel modules, settings and other files.

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

/// The contents of an initramfs to write.
#[derive(Debug)]
pub struct Initramfs {
    tree: Tree,
    stage0: Artifact,
}

/// Options of [`Initramfs::write`].
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The compression of the archive with stage0.
    pub compression: Compression,
    /// The modification time of all files, in seconds since 1970-01-01 UTC.
    pub mtime: u32,
    /// The path of an existing image, which is copied unchanged before the archive with stage0.
    pub append_to: Option<&'a Path>,
}

/// The sizes of a written initramfs, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// The size of the whole image.
    pub size: u64,
    /// The size of the existing image ([`Options::append_to`]) with its padding; 0 without one.
    pub existing: u64,
    /// The size of the archive with stage0 before compression.
    pub unpacked: u64,
}

/// The number and size of files that were added to an initramfs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// The number of files, not counting directories.
    pub files: u64,
    /// The total size of the files in bytes.
    pub bytes: u64,
}

/// The directories that stage0 mounts file systems on.
const DIRECTORIES: [&str; 4] = ["dev", "proc", "run", "sys"];
/// The device node `/dev/console`, which the kernel opens before it starts stage0; its numbers are in
/// `Documentation/admin-guide/devices.txt`.
const CONSOLE: Content = Content::CharacterDevice(5, 1);

impl Initramfs {
    /// Creates an initramfs that contains only a stage0: that in the file `stage0`, or the embedded one if
    /// that is `None`.
    pub fn new(stage0: Option<&Path>) -> Result<Self, Error> {
        let (stage0, bytes) = match stage0 {
            Some(path) => {
                let bytes = file::read(path)?;
                // For any target: the file itself determines it.
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

    /// The description of the stage0 that is `/init`.
    pub fn stage0(&self) -> &Artifact {
        &self.stage0
    }

    /// Adds kernel modules and their dependencies, with indexes that list only these, and the list of
    /// modules that stage0 loads, `/etc/modules-load.d/stage0.conf`.
    pub fn add_modules(&mut self, source: &ModuleTree, modules: &[&str]) -> Result<Totals, Error> {
        self.count(|tree| source.add_to(tree, modules))
    }

    /// Adds a setting of stage0, which is validated like stage0 does.
    pub fn add_setting(&mut self, key: &str, value: &str) -> Result<Totals, Error> {
        Settings::default()
            .set(key, value)
            .map_err(Error::Setting)?;
        // The file has the name of the setting in the table, with `_`. In `key`, `-` is equivalent.
        let path = Path::new("etc/stage0").join(key.replace('-', "_"));
        let line = format!("{value}\n").into_bytes();
        self.count(|tree| {
            let content = Content::Regular(Source::Bytes(Cow::Owned(line)));
            Ok(tree.insert(&path, 0o644, content)?)
        })
    }

    /// Adds a file, or a directory with all its entries.
    pub fn add_file(&mut self, file: &ExtraFile) -> Result<Totals, Error> {
        self.count(|tree| file.add_to(tree))
    }

    /// Calls `add` and returns the number and size of the files that it added.
    fn count(&mut self, add: impl FnOnce(&mut Tree) -> Result<(), Error>) -> Result<Totals, Error> {
        let before = totals(&self.tree);
        add(&mut self.tree)?;
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

    /// Writes the initramfs. The same contents and options always give the same bytes.
    ///
    /// `progress` is called with the size in bytes of each piece of content, before compression; their sum is
    /// [`Initramfs::total_bytes`].
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
        let write_error = |error| Error::Write(::initramfs::WriteError::Output(error));
        let mut compressor =
            Compressor::new(&mut output, options.compression).map_err(write_error)?;
        let unpacked = self.tree.write(&mut compressor, options.mtime, progress)?;
        compressor.finish().map_err(write_error)?;
        output.flush().map_err(write_error)?;
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
