//! The command line of `release assemble`, and what its steps share.

use std::env;
use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fastboop_files::file;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::assets::Host;
use crate::checkout::Checkout;
use crate::digests;
use crate::plan::Plan;
use crate::signature::Signer;
use crate::version::Version;

/// The directory of a release if none is specified.
pub const DEFAULT_OUT: &str = "dist";

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The version, X.Y.Z or X.Y.Z-rc.N, which the sources have to declare
    #[arg(long)]
    pub version: Version,
    /// The directory to create for the release
    #[arg(long, value_name = "DIRECTORY", default_value = DEFAULT_OUT)]
    pub out: PathBuf,
    /// Print the plan of publishing the directory of --out, and assemble nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Delete the directory of the release first if it exists
    #[arg(long)]
    pub clean: bool,
    /// Release the stage0 files in this directory, which have to equal those that are built here,
    /// byte for byte
    #[arg(long, value_name = "DIRECTORY")]
    pub stage0: Option<PathBuf>,
    /// Skip .deb and .rpm packages, and mark the release as not for publishing
    #[arg(long, conflicts_with = "packages")]
    pub skip_packages: bool,
    /// Release the .deb and .rpm files in this directory instead of building them
    #[arg(long, value_name = "DIRECTORY")]
    pub packages: Option<PathBuf>,
    /// The private key to sign with, from `cosign generate-key-pair`, with its password in
    /// COSIGN_PASSWORD. The default is a new key for this release. The public key is written to
    /// <OUT>.pub
    #[arg(long, value_name = "FILE", conflicts_with = "keyless")]
    pub key: Option<PathBuf>,
    /// Sign with the identity of the GitHub workflow instead of a key
    #[arg(long)]
    pub keyless: bool,
    /// Build with uncommitted changes, or although the version's tag is on another commit
    #[arg(long)]
    pub allow_dirty: bool,
}

/// The source of the .deb and .rpm packages.
#[derive(Debug)]
pub enum Packages {
    Build,
    /// The directory that contains them.
    Prebuilt(PathBuf),
    Skip,
}

/// The input of every step.
#[derive(Debug)]
pub struct Context {
    pub version: Version,
    pub plan: Plan,
    pub checkout: Checkout,
    /// The machine that this runs on.
    pub host: &'static Host,
    /// The directory of the finished release.
    pub out: PathBuf,
    pub dir: BuildDir,
    /// The directory of stage0 files from another job, if those are to be released.
    pub stage0: Option<PathBuf>,
    pub packages: Packages,
    pub signer: Signer,
}

impl Context {
    /// Checks the arguments and locks the build directory.
    pub fn new(arguments: &Arguments, checkout: Checkout, plan: Plan) -> Result<Context> {
        let out = absolute(&arguments.out)?;
        let host = Host::with_cpu(env::consts::ARCH)?;
        let stage0 = arguments.stage0.as_deref().map(absolute).transpose()?;
        let packages = arguments.packages.as_deref().map(absolute).transpose()?;
        let key = arguments.key.as_deref().map(absolute).transpose()?;
        let partial = append_extension(&out, "partial");
        for directory in stage0.iter().chain(&packages) {
            digests::check_directory(directory)?;
        }
        let inputs = [&stage0, &packages, &key].into_iter().flatten();
        for input in inputs.chain([&checkout.top]) {
            check_survives(input, &[&out, &partial])?;
        }
        // Also a dangling link: the release cannot replace it.
        ensure!(
            arguments.clean || fs::symlink_metadata(&out).is_err(),
            "{}: exists already; move it away, or use --clean",
            out.display()
        );
        Ok(Context {
            version: arguments.version.clone(),
            plan,
            checkout,
            host,
            dir: BuildDir::lock(partial)?,
            out,
            stage0,
            packages: match packages {
                Some(directory) => Packages::Prebuilt(directory),
                None if arguments.skip_packages => Packages::Skip,
                None => Packages::Build,
            },
            signer: match key {
                Some(key) => Signer::Key(key),
                None if arguments.keyless => Signer::Keyless,
                None => Signer::OneTimeKey,
            },
        })
    }
}

/// Fails if `input` does not exist, or is in one of the directories, which are deleted before it is used.
fn check_survives(input: &Path, deleted: &[&Path]) -> Result<()> {
    let real =
        fs::canonicalize(input).with_context(|| format!("{}: cannot read", input.display()))?;
    for directory in deleted {
        let is_inside = real
            .ancestors()
            .any(|ancestor| file::is_same_file(ancestor, directory));
        ensure!(
            !is_inside,
            "{}: in {}, which is deleted first; move it, or use another --out",
            input.display(),
            directory.display()
        );
    }
    Ok(())
}

/// Makes `path` absolute, as programs start at the top of the checkout, and removes a trailing slash, as
/// an extension may be appended.
fn absolute(path: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(path);
    let absolute = absolute.with_context(|| format!("{}: not a path", path.display()))?;
    Ok(absolute.components().collect())
}

/// Appends `.<extension>` to the name of `path`.
pub fn append_extension(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// `<out>.partial`, the directory in which a release is assembled. Only one process can use it.
#[derive(Debug)]
pub struct BuildDir {
    path: PathBuf,
    /// Locked. The kernel releases the lock when this process ends, however it does.
    _directory: File,
}

impl BuildDir {
    /// Creates and locks the directory, and deletes what an interrupted run left in it.
    pub fn lock(path: PathBuf) -> Result<BuildDir> {
        let cannot = |what: &str| format!("{}: cannot {what}", path.display());
        ensure!(
            !path.is_symlink(),
            "{}: a symbolic link, and everything in this directory is deleted; remove it, or use another --out",
            path.display()
        );
        let directory = loop {
            fs::create_dir_all(&path).with_context(|| cannot("create"))?;
            let directory = File::open(&path).with_context(|| cannot("open"))?;
            match flock(&directory, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => bail!(
                    "{}: another `release assemble` uses it; wait until that ends, or use another --out",
                    path.display()
                ),
                result => result.with_context(|| cannot("lock"))?,
            }
            // The process that had the lock has deleted the directory if it was successful.
            let locked = directory.metadata().with_context(|| cannot("open"))?;
            let is_same =
                |found: Metadata| (found.dev(), found.ino()) == (locked.dev(), locked.ino());
            if fs::metadata(&path).is_ok_and(is_same) {
                break directory;
            }
        };
        for entry in fs::read_dir(&path).with_context(|| cannot("list"))? {
            let entry = entry.with_context(|| cannot("list"))?.path();
            let result = match entry.is_dir() && !entry.is_symlink() {
                true => fs::remove_dir_all(&entry),
                false => fs::remove_file(&entry),
            };
            result.with_context(|| format!("{}: cannot delete", entry.display()))?;
        }
        Ok(BuildDir {
            path,
            _directory: directory,
        })
    }

    /// Deletes the directory.
    pub fn remove(self) -> Result<()> {
        let path = &self.path;
        fs::remove_dir_all(path).with_context(|| format!("{}: cannot delete", path.display()))
    }

    /// The path of the directory `name`.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Creates the directory `name`, and returns its path.
    pub fn create(&self, name: &str) -> Result<PathBuf> {
        let path = self.join(name);
        fs::create_dir_all(&path).with_context(|| format!("{}: cannot create", path.display()))?;
        Ok(path)
    }

    /// The path of the asset `name`.
    pub fn asset(&self, name: &str) -> PathBuf {
        self.join("assets").join(name)
    }

    /// The copy of the sources, to which the sidecar is written.
    pub fn sources(&self, version: &Version) -> PathBuf {
        self.join("source").join(format!("fastboop-{version}"))
    }

    /// The public key, if the release is signed with a key.
    pub fn public_key(&self) -> PathBuf {
        self.join("keys").join("cosign.pub")
    }
}

/// Copies a file, with mode 0755 if `executable`, else 0644, whatever the mode of `from`.
pub fn copy(from: &Path, to: &Path, executable: bool) -> Result<()> {
    Ok(file::write_atomic(to, &digests::read(from)?, executable)?)
}

pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    Ok(file::write_atomic(path, bytes, false)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_directory_is_beside_the_release() {
        for out in ["/d/dist", "/d/dist/", "/d/dist/."] {
            let partial = append_extension(&absolute(Path::new(out)).unwrap(), "partial");
            assert_eq!(partial, Path::new("/d/dist.partial"), "{out}");
        }
    }
}
