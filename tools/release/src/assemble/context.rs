//! What every step of assembling a release needs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Arguments;
use crate::assets::Host;
use crate::checkout::Checkout;
use crate::plan::Plan;
use crate::signature::Signer;
use crate::version::Version;

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
