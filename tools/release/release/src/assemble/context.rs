//! What every step of assembling a release uses.

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
    /// X.Y.Z or X.Y.Z-rc.N; the sources have to declare the same
    #[arg(long)]
    pub version: Version,
    /// The release's directory, which must not exist yet
    #[arg(long, value_name = "DIRECTORY", default_value = "dist")]
    pub out: PathBuf,
    /// Only print what publishing takes
    #[arg(long)]
    pub dry_run: bool,
    /// Replace <out> if it exists
    #[arg(long)]
    pub clean: bool,
    /// Release the stage0 files in this directory, which another job built; they have to be what is
    /// built here, byte by byte
    #[arg(long, value_name = "DIRECTORY")]
    pub stage0: Option<PathBuf>,
    /// Build no .deb and no .rpm, and mark the release as not for publishing
    #[arg(long, conflicts_with = "packages")]
    pub skip_packages: bool,
    /// Release the .deb and .rpm files in this directory instead of building them
    #[arg(long, value_name = "DIRECTORY")]
    pub packages: Option<PathBuf>,
    /// The private key to sign with, from `cosign generate-key-pair`, with its password in
    /// COSIGN_PASSWORD. Without one a key is made for this release. The public key is <out>.pub
    #[arg(long, value_name = "FILE", conflicts_with = "keyless")]
    pub key: Option<PathBuf>,
    /// Sign as the workflow that this runs in, without a key
    #[arg(long)]
    pub keyless: bool,
    /// Allow uncommitted changes, and build with them
    #[arg(long)]
    pub allow_dirty: bool,
}

/// Where packages of distributions come from.
#[derive(Debug)]
pub enum Packages {
    Build,
    /// They are in this directory.
    Prebuilt(PathBuf),
    Skip,
}

/// What every step needs.
#[derive(Debug)]
pub struct Context {
    pub version: Version,
    pub plan: Plan,
    pub checkout: Checkout,
    /// The machine that this runs on.
    pub host: &'static Host,
    /// The release's directory, in the end.
    pub out: PathBuf,
    pub dir: BuildDir,
    /// The directory of stage0 files that another job built.
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
            dir: BuildDir(with_extension(&out, "partial")),
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

/// Programs are started at the top of the checkout.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{}: not a path", path.display()))
}

/// `path` with `.<extension>` after its name.
pub fn with_extension(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// `<out>.partial`, where a release is assembled.
#[derive(Debug)]
pub struct BuildDir(PathBuf);

impl BuildDir {
    /// The directory `name` in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The directory `name` in it, which is created.
    pub fn create(&self, name: &str) -> Result<PathBuf> {
        let path = self.join(name);
        fs::create_dir_all(&path).with_context(|| format!("{}: cannot create", path.display()))?;
        Ok(path)
    }

    /// The asset `name`.
    pub fn asset(&self, name: &str) -> PathBuf {
        self.join("assets").join(name)
    }

    /// A copy of the sources, which gets the sidecar.
    pub fn sources(&self, version: &Version) -> PathBuf {
        self.join("source").join(format!("fastboop-{version}"))
    }

    /// The public key of what was signed with a key.
    pub fn public_key(&self) -> PathBuf {
        self.join("keys").join("cosign.pub")
    }
}

/// Copies a file, whatever mode and owner a program gave it.
pub fn copy(from: &Path, to: &Path, executable: bool) -> Result<()> {
    Ok(file::write_atomic(to, &digests::read(from)?, executable)?)
}

pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    Ok(file::write_atomic(path, bytes, false)?)
}
