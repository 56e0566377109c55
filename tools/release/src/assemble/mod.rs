//! Makes a release's directory: every step of a release but publishing.
//!
//! All is made in `<out>.partial`, which becomes `<out>` at the very end: what is called `<out>` is
//! whole. Each finished step is written down with the digests of its files, so that a rehearsal
//! that was interrupted goes on where it was.

mod journal;
mod steps;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::assets::{PLAN, SIGNATURE};
use crate::checkout::Checkout;
use crate::graph::Graph;
use crate::plan::Plan;
use crate::signature::Signer;
use crate::version::Version;
use crate::{declared, digests, verify};

use journal::Journal;
use steps::STEPS;

/// What `rehearse` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// X.Y.Z or X.Y.Z-rc.N; the sources have to declare the same
    #[arg(long)]
    version: Version,
    /// Where the release goes: a directory that is not there yet
    #[arg(long, value_name = "DIRECTORY", default_value = "dist")]
    out: PathBuf,
    /// Only say what publishing takes
    #[arg(long)]
    dry_run: bool,
    /// Start from the beginning: delete <out> and what an interrupted rehearsal left of it
    #[arg(long)]
    clean: bool,
    /// Take the stage0 files in this directory, which another job made, as those of the release; what
    /// is built here has to be the same
    #[arg(long, value_name = "DIRECTORY")]
    stage0: Option<PathBuf>,
    /// Make no .deb and no .rpm; such a release is marked as not for publishing
    #[arg(long, conflicts_with = "packages")]
    skip_packages: bool,
    /// Take the .deb and .rpm files in this directory instead of making them
    #[arg(long, value_name = "DIRECTORY")]
    packages: Option<PathBuf>,
    /// The private key to sign with, from `cosign generate-key-pair`, with its password in
    /// COSIGN_PASSWORD. Without one a pair is made for this rehearsal. The public key is <out>.pub
    #[arg(long, value_name = "FILE", conflicts_with = "keyless")]
    key: Option<PathBuf>,
    /// Sign as the workflow that this runs in, without a key
    #[arg(long)]
    keyless: bool,
    /// Who makes it, for the provenance: a URI
    #[arg(long, value_name = "URI", default_value = BUILDER)]
    builder: String,
    /// Build files that are not committed too; never continues what was interrupted
    #[arg(long)]
    allow_dirty: bool,
}

const BUILDER: &str =
    "https://github.com/samcday/fastboop/blob/main/docs/release.md#how-it-is-made";

/// Where packages of distributions come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packages {
    /// They are built.
    Built,
    /// They are in this directory.
    Taken(PathBuf),
    /// There are none.
    Skipped,
}

/// A release that is being made.
#[derive(Debug)]
pub struct Rehearsal {
    /// Its version.
    pub version: Version,
    /// Its sources.
    pub checkout: Checkout,
    /// Where it is made.
    pub partial: PathBuf,
    /// Where its stage0 files are, if others made them.
    pub stage0: Option<PathBuf>,
    /// Its packages.
    pub packages: Packages,
    /// Who signs it; without one, a pair of keys is made.
    pub signer: Option<Signer>,
    /// Who makes it: a URI.
    pub builder: String,
}

impl Rehearsal {
    /// The directory of the assets.
    pub fn assets(&self) -> PathBuf {
        self.partial.join("assets")
    }

    /// A directory for what is no asset, for one step or between steps.
    pub fn scratch(&self, name: &str) -> Result<PathBuf> {
        let path = self.partial.join(name);
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(path)
    }

    /// A copy of the sources, which may be written to.
    pub fn sources(&self) -> PathBuf {
        let name = format!("fastboop-{}", self.version);
        self.partial.join("source").join(name)
    }

    /// The public key of what was signed with a key.
    pub fn public_key(&self) -> PathBuf {
        self.partial.join("keys/cosign.pub")
    }

    /// What the files that are made depend on.
    fn identity(&self) -> String {
        format!(
            "fastboop {} of commit {} at {}, stage0: {:?}, packages: {:?}, signed by: {:?}, made by: {}",
            self.version,
            self.checkout.commit,
            self.checkout.epoch,
            self.stage0,
            self.packages,
            self.signer,
            self.builder
        )
    }
}

/// Makes the release, and returns what to print; or everything that is wrong.
pub fn run(arguments: &Arguments) -> Result<String, Vec<String>> {
    let one = |error: anyhow::Error| vec![format!("{error:#}")];
    if arguments.dry_run {
        let packages = !arguments.skip_packages;
        return plan(&arguments.version, packages, false).map_err(one);
    }
    let (rehearsal, out) = prepare(arguments).map_err(one)?;
    make(&rehearsal).map_err(one)?;
    let key = rehearsal.public_key();
    let key = key.is_file().then_some(key);
    let report = verify::run(&rehearsal.assets(), key.as_deref())?;
    for warning in &report.warnings {
        crate::tell(&format!("warning: {warning}"));
    }
    finish(&rehearsal, &out, key.as_deref()).map_err(one)
}

/// The plan of publishing, as text or JSON.
pub fn plan(version: &Version, packages: bool, json: bool) -> Result<String> {
    let checkout = Checkout::find(Path::new("."), true)?;
    declared::check(&checkout.top, version)?;
    let graph = Graph::read(&checkout.top.join("Cargo.toml"), &[])?;
    let plan = Plan::new(&graph, version, packages)?;
    if json {
        return Ok(format!("{}\n", serde_json::to_string_pretty(&plan)?));
    }
    Ok(plan.to_string())
}

fn prepare(arguments: &Arguments) -> Result<(Rehearsal, PathBuf)> {
    let checkout = Checkout::find(Path::new("."), arguments.allow_dirty)?;
    declared::check(&checkout.top, &arguments.version)?;
    let out = absolute(&arguments.out)?;
    let partial = beside(&out, "partial");
    if arguments.clean {
        remove(&out)?;
    }
    if arguments.clean || arguments.allow_dirty {
        remove(&partial)?;
    }
    ensure!(
        !out.exists(),
        "{}: there already; move it away, or say --clean",
        out.display()
    );
    let stage0 = arguments.stage0.as_deref().map(absolute).transpose()?;
    let packages = match &arguments.packages {
        Some(directory) => Packages::Taken(absolute(directory)?),
        None if arguments.skip_packages => Packages::Skipped,
        None => Packages::Built,
    };
    let signer = match &arguments.key {
        Some(key) => Some(Signer::Key(absolute(key)?)),
        None => arguments.keyless.then_some(Signer::Keyless),
    };
    let rehearsal = Rehearsal {
        version: arguments.version.clone(),
        checkout,
        partial,
        stage0,
        packages,
        signer,
        builder: arguments.builder.clone(),
    };
    Ok((rehearsal, out))
}

fn make(rehearsal: &Rehearsal) -> Result<()> {
    fs::create_dir_all(rehearsal.assets())
        .with_context(|| rehearsal.assets().display().to_string())?;
    let mut journal = Journal::open(&rehearsal.partial, &rehearsal.identity())?;
    for (number, step) in (1..).zip(&STEPS) {
        let head = format!("[{number}/{}] {}: {}", STEPS.len(), step.name, step.what);
        if journal.is_done(step.name)? {
            crate::tell(&format!("{head}: done before"));
            continue;
        }
        crate::tell(&head);
        let outputs = (step.run)(rehearsal).with_context(|| format!("step {}", step.name))?;
        journal.add(step.name, &outputs)?;
    }
    Ok(())
}

fn finish(rehearsal: &Rehearsal, out: &Path, key: Option<&Path>) -> Result<String> {
    let plan = digests::read(&rehearsal.assets().join(PLAN))?;
    let plan: Plan = serde_json::from_slice(&plan)?;
    let rename = |from: &Path, to: &Path| {
        fs::rename(from, to).with_context(|| format!("{}: cannot rename it", from.display()))
    };
    let mut text = plan.to_string();
    if let Some(key) = key {
        let public = beside(out, "pub");
        rename(key, &public)?;
        text += &format!("{SIGNATURE}: by the key {}\n", public.display());
    }
    rename(&rehearsal.assets(), out)?;
    remove(&rehearsal.partial)?;
    text += &format!("{}: whole and verified\n", out.display());
    Ok(text)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    let directory = env::current_dir().context("the current directory is gone")?;
    Ok(directory.join(path))
}

/// `path`, with `.<extension>` after its name.
fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn remove(directory: &Path) -> Result<()> {
    if !directory.exists() {
        return Ok(());
    }
    fs::remove_dir_all(directory)
        .with_context(|| format!("{}: cannot delete it", directory.display()))
}
