//! Assembles the directory of a release: every step of a release except publishing.
//!
//! It is assembled in `<out>.partial`, and renamed to `<out>` once it is verified, so `<out>` is
//! always complete. An interrupted run leaves `<out>.partial`, which the next run clears. A run locks it,
//! so a second one for the same `<out>` fails at once.

mod archives;
mod build;
mod context;
mod crates;
mod documents;
mod packages;
mod source;
mod sums;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};

pub use self::context::{Arguments, DEFAULT_OUT};
use self::context::{Context, append_extension};
use crate::assets::SIGNATURE;
use crate::checkout::Checkout;
use crate::plan::Plan;
use crate::verify;

type Step = fn(&Context) -> Result<()>;

/// The name, description and function of each step, in order: preflight before any step that packs
/// stage0, and SHA256SUMS after every other asset.
const STEPS: [(&str, &str, Step); 11] = [
    ("build", "stage0 and fastboop, with Bazel", build::build),
    ("preflight", "all checks of stage0", build::preflight),
    ("source", "the sources as committed", source::archive),
    (
        "sidecar",
        "stage0's digest, in a copy of the sources",
        source::write_sidecar,
    ),
    (
        "manuals",
        "manual pages and completions",
        archives::write_manuals,
    ),
    (
        "archives",
        "fastboop for each host",
        archives::write_archives,
    ),
    ("crates", "the packages for Cargo", crates::package),
    ("packages", ".deb and .rpm", packages::run),
    ("documents", "SBOMs and plan", documents::write),
    ("sums", "SHA256SUMS of all assets", sums::write),
    ("signature", "the signature of SHA256SUMS", sums::sign),
];

/// Assembles a release. Returns the text to print.
pub fn run(arguments: &Arguments) -> Result<String> {
    let checkout = Checkout::find(Path::new("."), arguments.allow_dirty || arguments.dry_run)?;
    let plan = Plan::from_checkout(&checkout, &arguments.version, !arguments.skip_packages)?;
    match checkout.check_tag(&plan.tag) {
        Err(error) if arguments.allow_dirty || arguments.dry_run => cli_main::warning(error),
        result => result?,
    }
    if arguments.dry_run {
        return Ok(plan.to_text(&arguments.out));
    }
    let context = Context::new(arguments, checkout, plan)?;
    let out = &context.out;
    if arguments.clean {
        remove(out)?;
    }
    let assets = context.dir.create("assets")?;
    for (number, (name, what, step)) in (1..).zip(STEPS) {
        cli_main::note(format_args!("[{number}/{}] {name}: {what}", STEPS.len()));
        step(&context).with_context(|| format!("step {name}"))?;
    }
    let key = Some(context.dir.public_key()).filter(|key| key.exists());
    cli_main::note(verify::run(&assets, key.as_deref())?.trim_end());

    let mut text = context.plan.to_text(&arguments.out);
    rename(&assets, out)?;
    if let Some(key) = key {
        let public = append_extension(out, "pub");
        rename(&key, &public)?;
        text += &format!("{SIGNATURE}: by the key {}\n", public.display());
    }
    text += &format!("{}: complete and verified\n", out.display());
    context.dir.remove()?;
    Ok(text)
}

fn remove(directory: &Path) -> Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result.with_context(|| format!("{}: cannot delete", directory.display())),
    }
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("{}: cannot rename", from.display()))
}
