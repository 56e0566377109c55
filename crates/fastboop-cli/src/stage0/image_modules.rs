//! Kernel modules out of an image: those that its device and its root file system need, and others by name.

use std::path::{Path, PathBuf};

use anyhow::Context;
use boot_files::BootFiles;
use clap::Args;
use cli_main::escape;
use fastboop_stage0_generator::{Initramfs, ModuleTree, Totals};
use image_files::System;
use live_boot::{NeededModule, device_needs, find_device_tree, root_needs};

use crate::image::ImageOptions;

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

/// What was added to the initramfs.
pub struct Added {
    pub release: String,
    pub totals: Totals,
    pub needed: Vec<NeededModule>,
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
        let root = root_needs(system.volume().fs.kind(), tree.index());
        root.warnings.iter().for_each(cli_main::warning);
        let mut needed = root.modules;
        if let Some(name) = &self.dtb {
            needed.extend(self.device_modules(&files, name, &tree)?);
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
        modules: &ModuleTree,
    ) -> anyhow::Result<Vec<NeededModule>> {
        let tree = find_device_tree(files, name, &self.dtbo)?;
        let needs = device_needs(&tree, modules.index()).with_context(|| name.to_owned())?;
        if self.explain {
            needs.unknown.iter().for_each(cli_main::note);
        }
        Ok(needs.modules)
    }

    /// Prints what is needed and why, if requested.
    pub fn explain(&self, needed: &[NeededModule]) {
        if !self.explain {
            return;
        }
        for NeededModule {
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
