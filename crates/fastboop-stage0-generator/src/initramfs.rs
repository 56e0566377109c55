//! The initramfs that boots a device: stage0 as `/init`, kernel modules, settings and other files.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ::initramfs::{
    Base, Cause, Change, Compression, Compressor, Content, Limits, MAX_BOOTCONFIG_SIZE, ReadError,
    Source, Tree, TreeError, bootconfig_size,
};
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
    /// The path and the size in bytes of an existing image, which is copied unchanged before the archive with
    /// stage0.
    existing: Option<(PathBuf, u64)>,
    /// The paths of files that were read.
    inputs: Vec<PathBuf>,
    warnings: Vec<String>,
}

/// Options of [`Initramfs::write`].
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The compression of the archive with stage0.
    pub compression: Compression,
    /// The modification time of all files, in seconds since 1970-01-01 UTC.
    pub mtime: u32,
}

/// The sizes of a written initramfs, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// The size of the whole image.
    pub size: u64,
    /// The size of the existing image ([`Initramfs::finish`]) with its padding; 0 without one.
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
    /// Creates an initramfs that contains only a stage0: that in the file at `path`, or the embedded one if
    /// that is `None`.
    pub fn new(path: Option<&Path>) -> Result<Self, Error> {
        let (stage0, bytes) = match path {
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
        let no_metadata = path.and_then(|path| stage0.metadata_warning(path));
        Ok(Initramfs {
            tree,
            stage0,
            existing: None,
            inputs: path.into_iter().map(Path::to_owned).collect(),
            warnings: no_metadata.into_iter().collect(),
        })
    }

    /// The description of the stage0 that is `/init`.
    pub fn stage0(&self) -> &Artifact {
        &self.stage0
    }

    /// Adds kernel modules and their dependencies, with indexes that list only these, and the list of
    /// modules that stage0 loads, `/etc/modules-load.d/stage0.conf`.
    pub fn add_modules(&mut self, source: &ModuleTree, modules: &[&str]) -> Result<Totals, Error> {
        let mut warnings = Vec::new();
        let totals = self.count(|tree| {
            warnings = source.add_to(tree, modules)?;
            Ok(())
        });
        self.warnings.append(&mut warnings);
        self.inputs.extend_from_slice(source.inputs());
        totals
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
            match tree.insert(&path, 0o644, content) {
                Err(TreeError::Twice(_)) => Err(Error::DuplicateSetting(key.to_owned())),
                result => Ok(result?),
            }
        })
    }

    /// Adds a file, or a directory with all its entries.
    pub fn add_file(&mut self, file: &ExtraFile) -> Result<Totals, Error> {
        self.count(|tree| file.add_to(tree))
    }

    /// Completes the initramfs after everything is added: checks its symbolic links, and appends it to the
    /// image at `existing`, which is copied unchanged.
    ///
    /// The kernel unpacks both into one tree. So directories that are symbolic links in the image follow
    /// these, and files that it has are replaced with a warning.
    pub fn finish(&mut self, existing: Option<&Path>) -> Result<(), Error> {
        match existing {
            Some(path) => self.append_to(path),
            None => {
                self.warn_about_dangling_links(&Base::default());
                Ok(())
            }
        }
    }

    fn append_to(&mut self, path: &Path) -> Result<(), Error> {
        let (file, metadata) = file::open(path)?;
        match read_base(path, file)? {
            Some(base) => {
                let (tree, changes) = base.adapt(std::mem::take(&mut self.tree))?;
                self.tree = tree;
                let changes = changes
                    .iter()
                    .filter(|change| **change != Change::Replaced("init".into()));
                let warning = |change: &Change| format!("{}: {change}", path.display());
                self.warnings.extend(changes.map(warning));
                self.warn_about_dangling_links(&base);
            }
            None => self.warnings.push(format!(
                "{}: cannot read its files, so links and files that this initramfs replaces are not checked; recompress it with gzip, lz4, xz or zstd",
                path.display()
            )),
        }
        self.existing = Some((path.to_owned(), metadata.len()));
        Ok(())
    }

    /// Warns about symbolic links to files that are neither in the initramfs nor in `base`.
    fn warn_about_dangling_links(&mut self, base: &Base) {
        let links = base.dangling_links(&self.tree);
        let warning = |(path, target): (PathBuf, PathBuf)| {
            format!(
                "{}: symbolic link to {}, which is not in the initramfs",
                path.display(),
                target.display()
            )
        };
        self.warnings.extend(links.into_iter().map(warning));
    }

    /// Problems that do not prevent the initramfs from being written, each as a line of text.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The paths of all files that were read, or that [`Initramfs::write`] reads.
    pub fn inputs(&self) -> impl Iterator<Item = &Path> {
        let existing = self.existing.iter().map(|(path, _)| path);
        let inputs = self.inputs.iter().chain(existing);
        self.tree.sources().chain(inputs.map(PathBuf::as_path))
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
    pub fn total_bytes(&self) -> u64 {
        self.tree.size() + self.existing.as_ref().map_or(0, |(_, size)| *size)
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
        if let Some((path, size)) = &self.existing {
            append(path, *size, &mut output, progress)?;
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

/// Reads the files of the image in `file`, which is at `path`; `None` if its compression is not supported.
fn read_base(path: &Path, mut file: File) -> Result<Option<Base>, Error> {
    let read_error = |error| Error::Read(path.to_owned(), error);
    if has_bootconfig(&mut file).map_err(read_error)? {
        return Err(Error::Bootconfig(path.to_owned()));
    }
    match Base::read(BufReader::with_capacity(1 << 16, file), Limits::default()) {
        Ok(base) => Ok(Some(base)),
        Err(ReadError {
            cause: Cause::Unsupported(_),
            ..
        }) => Ok(None),
        Err(ReadError {
            offset: 0,
            cause: Cause::Unknown | Cause::Empty,
            ..
        }) => Err(Error::NotAnInitramfs(path.to_owned())),
        Err(error) => Err(Error::Base {
            path: path.to_owned(),
            error,
        }),
    }
}

/// Whether the image in `file` ends with a bootconfig, whatever its compression is.
fn has_bootconfig(file: &mut File) -> io::Result<bool> {
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(
        size.saturating_sub(MAX_BOOTCONFIG_SIZE as u64),
    ))?;
    let mut end = Vec::new();
    file.take(MAX_BOOTCONFIG_SIZE as u64)
        .read_to_end(&mut end)?;
    file.rewind()?;
    Ok(bootconfig_size(&end).is_some())
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
