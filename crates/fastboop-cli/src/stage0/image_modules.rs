//! Kernel modules out of an image: those that its device and its root file system need, and others by name.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use boot_files::BootFiles;
use clap::Args;
use cli_main::escape;
use device_modules::select;
use device_tree::DeviceTree;
use fastboop_stage0_generator::{Initramfs, ModuleTree, Totals};
use image_files::System;
use kernel_modules::ModuleIndex;
use serde::Serialize;

use crate::image::ImageOptions;

/// The largest device tree in bytes: what `device_tree` parses.
const MAX_DEVICE_TREE: u64 = 16 << 20;

/// From which image, and for which device.
#[derive(Debug, Args)]
pub struct ImageModules {
    /// The image with the root file system, whose modules to take instead of those in a directory
    #[arg(long, value_name = "FILE", conflicts_with = "modules_dir")]
    image: Option<PathBuf>,
    /// The device tree in the image, such as qcom/sdm845-oneplus-fajita: include what the device needs to be a USB gadget
    #[arg(long, value_name = "NAME", requires = "image")]
    dtb: Option<String>,
    /// An overlay in the image to apply to the device tree
    #[arg(long, value_name = "NAME", requires = "dtb")]
    dtbo: Vec<String>,
    /// List the modules that the image and the device tree need, and why
    #[arg(long, requires = "image")]
    explain: bool,
    #[command(flatten)]
    options: ImageOptions,
}

/// A module that is needed.
#[derive(Debug, Serialize)]
pub struct Needed {
    module: String,
    /// Whether it is built into the kernel, so that it is not in the initramfs.
    builtin: bool,
    reason: String,
}

/// What was added to the initramfs.
pub struct Added {
    pub release: String,
    pub totals: Totals,
    pub needed: Vec<Needed>,
}

impl ImageModules {
    /// Adds modules of the image to `initramfs`: those named, and those needed. `None` without an image.
    pub fn add_to(
        &self,
        initramfs: &mut Initramfs,
        release: Option<&str>,
        modules: &[String],
        configs: &[PathBuf],
    ) -> anyhow::Result<Option<Added>> {
        let Some(path) = &self.image else {
            return Ok(None);
        };
        let added = self.add_from(path, initramfs, release, modules, configs);
        added.with_context(|| path.display().to_string()).map(Some)
    }

    fn add_from(
        &self,
        path: &Path,
        initramfs: &mut Initramfs,
        release: Option<&str>,
        modules: &[String],
        configs: &[PathBuf],
    ) -> anyhow::Result<Added> {
        let image = self.options.open(path)?;
        let system = System::open(&image.files, &self.options.choice())?;
        let sources = system.sources();
        let options = boot_files::Options {
            kernel_release: release.map(str::to_owned),
        };
        let files = BootFiles::find(&sources, &options)?;
        let location = &files.modules.location;
        let source = sources
            .get(location.source)
            .context("no file system with modules")?;
        let mut tree = ModuleTree::in_image(source.fs, &location.path, &files.modules.release)?;
        for config in configs {
            tree.add_config(config)?;
        }
        let mut needed = root_modules(&system, tree.index());
        if let Some(name) = &self.dtb {
            needed.extend(self.device_modules(&files, name, tree.index())?);
        }
        let loaded = needed.iter().filter(|needed| !needed.builtin);
        let mut names: Vec<&str> = modules.iter().map(String::as_str).collect();
        names.extend(loaded.map(|needed| needed.module.as_str()));
        Ok(Added {
            totals: initramfs.add_modules(&tree, &names)?,
            release: files.modules.release,
            needed,
        })
    }

    /// The modules that the device with this device tree needs to be a USB gadget.
    fn device_modules(
        &self,
        files: &BootFiles,
        name: &str,
        index: &ModuleIndex,
    ) -> anyhow::Result<Vec<Needed>> {
        let dtb = files.find_dtb(name)?;
        let mut tree = read_device_tree(files, &dtb.location)?;
        for overlay in &self.dtbo {
            let overlay = files.device_trees.find_overlay(overlay)?;
            let parsed = read_device_tree(files, &overlay.location)?;
            let applied = tree.apply_overlay(&parsed);
            applied.with_context(|| format!("overlay {}", overlay.name))?;
        }
        let selection = select(&tree, index).with_context(|| dtb.name.clone())?;
        if self.explain {
            for missing in &selection.missing {
                let path = escape(&missing.path);
                cli_main::note(format!("no module for {path}: {}", escape(&missing.reason)));
            }
        }
        let needed = selection.choices.into_iter().map(|choice| Needed {
            module: choice.module,
            builtin: choice.is_builtin,
            reason: choice.reason,
        });
        Ok(needed.collect())
    }

    /// Prints what is needed and why, if requested.
    pub fn explain(&self, needed: &[Needed]) {
        if !self.explain {
            return;
        }
        for Needed {
            module,
            builtin,
            reason,
        } in needed
        {
            let note = if *builtin { " (builtin)" } else { "" };
            cli_main::note(format!("{module}{note}: {}", escape(reason)));
        }
    }
}

/// The modules that stage0 needs to mount the root of the image.
fn root_modules(system: &System, index: &ModuleIndex) -> Vec<Needed> {
    let kind = system.volume().fs.kind();
    let root = (kind, format!("the root file system is {kind}"));
    let overlay = (
        "overlay",
        "stage0 mounts an overlay over the root".to_owned(),
    );
    let mut needed = Vec::new();
    for (module, reason) in [root, overlay] {
        let builtin = index.is_builtin(module);
        if !builtin && index.find(module).is_none() {
            cli_main::warning(format!("{reason}, but the kernel has no module {module}"));
            continue;
        }
        let module = module.to_owned();
        needed.push(Needed {
            module,
            builtin,
            reason,
        });
    }
    needed
}

fn read_device_tree(
    files: &BootFiles,
    location: &boot_files::Location,
) -> anyhow::Result<DeviceTree> {
    let read = || -> anyhow::Result<DeviceTree> {
        let file = files.open(location)?;
        let size = file.size();
        ensure!(
            size <= MAX_DEVICE_TREE,
            "too large: {size} bytes, at most 16 MiB are read"
        );
        let mut bytes = vec![0; usize::try_from(size)?];
        file.read_exact_at(&mut bytes, 0)?;
        Ok(DeviceTree::parse(&bytes)?)
    };
    read().with_context(|| format!("/{}", location.path.display()))
}
