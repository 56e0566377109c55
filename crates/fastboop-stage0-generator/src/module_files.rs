//! Where kernel modules come from: a directory of this machine, or an image.

use std::path::{Path, PathBuf};

use ::initramfs::Source;
use fastboop_files::file;
use file_system::{FileSystem, resolve};
use kernel_modules::{IndexFiles, ModuleIndex};

use crate::error::Error;

/// The index that lists the aliases of builtin modules; depmod lists them in no text file. Older kernels
/// do not have it.
const MODINFO: &str = "modules.builtin.modinfo";

/// The largest module and the largest index that are read from an image, in bytes: they are held in memory.
const MAX_FILE: u64 = 128 << 20;

/// The files of one kernel release, by their paths relative to its module directory.
pub(crate) trait ModuleFiles {
    /// The module directory.
    fn directory(&self) -> &Path;

    /// The path of a file.
    fn path(&self, file: &str) -> PathBuf {
        file_system::join(self.directory(), Path::new(file))
    }

    /// Whether a file exists.
    fn exists(&self, file: &str) -> bool;

    /// Reads the indexes of `release`.
    fn index(&self, release: &str) -> Result<ModuleIndex, Error>;

    /// Reads the file with this path as text; empty if it cannot be read.
    fn text(&self, file: &str) -> String;

    /// The content of a file, decompressed if `is_zstd`.
    fn source(&self, file: &str, is_zstd: bool) -> Result<Source, Error>;

    /// The paths of the indexes on this machine.
    fn inputs(&self) -> Vec<PathBuf>;
}

/// Reads the indexes of `release`, also of its builtin modules.
pub(crate) fn read_index(files: &dyn ModuleFiles, release: &str) -> Result<ModuleIndex, Error> {
    let mut index = files.index(release)?;
    index.add_builtin_aliases(&files.text(MODINFO));
    Ok(index)
}

/// The module directory of a release on this machine, such as `/lib/modules/6.1.0`.
pub(crate) struct HostFiles(pub(crate) PathBuf);

impl ModuleFiles for HostFiles {
    fn directory(&self) -> &Path {
        &self.0
    }

    fn exists(&self, file: &str) -> bool {
        self.path(file).exists()
    }

    fn index(&self, _: &str) -> Result<ModuleIndex, Error> {
        ModuleIndex::read(&self.0).map_err(Error::Index)
    }

    fn text(&self, file: &str) -> String {
        let bytes = file::read(&self.path(file)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn source(&self, file: &str, is_zstd: bool) -> Result<Source, Error> {
        let path = self.path(file);
        Ok(if is_zstd {
            Source::zstd(&path)?
        } else {
            Source::file(&path)?
        })
    }

    fn inputs(&self) -> Vec<PathBuf> {
        let names = IndexFiles::default();
        let names = names.iter().map(|(name, _)| name).chain([MODINFO]);
        names.map(|name| self.path(name)).collect()
    }
}

/// The module directory of a release in an image.
pub(crate) struct ImageFiles<'a> {
    pub(crate) fs: &'a dyn FileSystem,
    pub(crate) directory: PathBuf,
}

impl ImageFiles<'_> {
    fn read(&self, file: &str) -> Result<Vec<u8>, Error> {
        let path = self.path(file);
        file_system::read(self.fs, &path, MAX_FILE).map_err(|error| Error::Image(path, error))
    }
}

impl ModuleFiles for ImageFiles<'_> {
    fn directory(&self) -> &Path {
        &self.directory
    }

    fn exists(&self, file: &str) -> bool {
        resolve(self.fs, &self.path(file)).is_ok()
    }

    fn index(&self, release: &str) -> Result<ModuleIndex, Error> {
        let mut files = IndexFiles {
            dep: self.text("modules.dep"),
            ..IndexFiles::default()
        };
        if files.dep.is_empty() {
            // The error, if it cannot be read.
            self.read("modules.dep")?;
        }
        files.softdep = self.text("modules.softdep");
        files.alias = self.text("modules.alias");
        files.builtin = self.text("modules.builtin");
        ModuleIndex::new(release, files).map_err(Error::Index)
    }

    fn text(&self, file: &str) -> String {
        let bytes = self.read(file).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn source(&self, file: &str, is_zstd: bool) -> Result<Source, Error> {
        let bytes = self.read(file)?;
        if is_zstd {
            return Ok(Source::from_zstd(&self.path(file), &bytes, MAX_FILE)?);
        }
        Ok(Source::Bytes(bytes.into()))
    }

    fn inputs(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}
