//! The command line of `release assemble`, and what its steps share.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fastboop_files::file;

use crate::assets::Host;
use crate::checkout::Checkout;
use crate::digests;
use crate::plan::Plan;
use crate::signature::Signer;
use crate::version::Version;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The version, X.Y.Z or X.Y.Z-rc.N, which the sources have to declare
    #[arg(long)]
    pub version: Version,
    /// The directory to create for the release
    #[arg(long, value_name = "DIRECTORY", default_value = "dist")]
    pub out: PathBuf,
    /// Print the plan of publishing, and assemble nothing
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
    /// Build with uncommitted changes
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
    pub fn new(arguments: &Arguments, checkout: Checkout, plan: Plan) -> Result<Context> {
        let out = absolute(&arguments.out)?;
        Ok(Context {
            version: arguments.version.clone(),
            plan,
            checkout,
            host: Host::with_cpu(env::consts::ARCH)?,
            dir: BuildDir(append_extension(&out, "partial")),
            out,
            stage0: arguments.stage0.as_deref().map(absolute).transpose()?,
            packages: match &arguments.packages {
                Some(directory) => Packages::Prebuilt(absolute(directory)?),
                None if arguments.skip_packages => Packages::Skip,
                None => Packages::Build,
            },
            signer: match &arguments.key {
                Some(key) => Signer::Key(absolute(key)?),
                None if arguments.keyless => Signer::Keyless,
                None => Signer::OneTimeKey,
            },
        })
    }
}

/// Makes `path` absolute, as programs start at the top of the checkout.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{}: not a path", path.display()))
}

/// Appends `.<extension>` to the name of `path`.
pub fn append_extension(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// `<out>.partial`, the directory in which a release is assembled.
#[derive(Debug)]
pub struct BuildDir(PathBuf);

impl BuildDir {
    /// The path of the directory `name`.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
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
