//! `fastboop image inspect`: describes an image.

use std::path::{Path, PathBuf};

use boot_files::{BootFiles, Dtb, Location, Source, Verdict};
use clap::Args;
use cli_main::escape;
use image_files::System;
use serde::Serialize;

use super::ImageOptions;
use super::layers::{LayerReport, format_size};

/// The arguments of `fastboop image inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop image inspect debian.img
  fastboop image inspect postmarketos.img.xz --explain
  fastboop image inspect debian.img --json | jq -r '.boot.device_trees.names[]'")]
pub struct Arguments {
    /// The image: a disk, a partition or a file system, also compressed or an Android sparse image
    image: PathBuf,
    /// The kernel release to look for; by default, the newest
    #[arg(long, value_name = "RELEASE")]
    kernel_release: Option<String>,
    /// List what else was considered, and why it was not taken
    #[arg(long)]
    explain: bool,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    options: ImageOptions,
}

/// The output. Its field names must stay: programs read the JSON.
#[derive(Debug, Serialize)]
struct Report {
    layers: LayerReport,
    /// The layers whose file systems cannot be read, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
    /// The root file system; `null` if there is none.
    root: Option<Root>,
    /// What can be booted; `null` if there is nothing.
    boot: Option<Boot>,
    /// The reason why a root file system or something to boot is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct Root {
    /// The name of the file system, such as `partition 2 "root" (ext4)`.
    name: String,
    /// The OSTree deployment that is shown as the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<String>,
    /// All OSTree deployments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deployments: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Boot {
    /// The name of the operating system.
    os: Option<String>,
    kernel: Kernel,
    modules: Place,
    device_trees: DeviceTrees,
    firmware: Vec<Place>,
    /// What was considered.
    considered: Vec<Considered>,
}

#[derive(Debug, Serialize)]
struct Kernel {
    release: String,
    form: String,
    architecture: String,
    /// The size of the file in bytes.
    size: u64,
    #[serde(flatten)]
    place: Place,
}

#[derive(Debug, Serialize)]
struct Place {
    file_system: String,
    path: String,
}

#[derive(Debug, Serialize)]
struct DeviceTrees {
    directory: Option<Place>,
    names: Vec<String>,
    overlays: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Considered {
    what: String,
    #[serde(flatten)]
    place: Place,
    /// Why it was not taken; `null` if it was.
    rejected: Option<String>,
}

/// Prints the description. An image without anything to boot is described too.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let image = arguments.options.open(&arguments.image)?;
    let unreadable = image.files.unreadable.iter();
    let mut report = Report {
        layers: LayerReport::new(&image.layers),
        unreadable: unreadable
            .map(|(name, error)| format!("{name}: {error}"))
            .collect(),
        root: None,
        boot: None,
        problem: None,
    };
    match System::open(&image.files, &arguments.options.choice()) {
        Ok(system) => {
            report.root = Some(Root::new(&system));
            let options = boot_files::Options {
                kernel_release: arguments.kernel_release.clone(),
            };
            let sources = system.sources();
            match BootFiles::find(&sources, &options) {
                Ok(files) => report.boot = Some(Boot::new(&files, &sources)?),
                Err(error) => report.problem = Some(error.to_string()),
            }
        }
        Err(error) => report.problem = Some(error.to_string()),
    }
    if arguments.json {
        return cli_main::print(serde_json::to_string_pretty(&report)? + "\n");
    }
    cli_main::print(report.text(arguments.explain))
}

impl Root {
    fn new(system: &System) -> Self {
        Root {
            name: system.volume().name.clone(),
            deployment: system.deployment().map(ToString::to_string),
            deployments: system
                .deployments()
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

impl Boot {
    fn new(files: &BootFiles, sources: &[Source]) -> anyhow::Result<Self> {
        let place = |location: &Location| Place::new(sources, location.source, &location.path);
        let kernel = &files.kernel;
        let size = files.open(&kernel.location)?.size();
        let trees = &files.device_trees;
        let names = |list: &[Dtb]| list.iter().map(|dtb| dtb.name.clone()).collect();
        let considered = files.candidates.list().iter().map(|candidate| Considered {
            what: candidate.what.to_string(),
            place: Place::new(sources, candidate.source, &candidate.path),
            rejected: match &candidate.verdict {
                Verdict::Taken => None,
                Verdict::Rejected(reason) => Some(reason.clone()),
            },
        });
        Ok(Boot {
            os: files.os_name.clone(),
            kernel: Kernel {
                release: kernel.release.clone(),
                form: kernel.form.to_string(),
                architecture: kernel.architecture.to_string(),
                size,
                place: place(&kernel.location),
            },
            modules: place(&files.modules.location),
            device_trees: DeviceTrees {
                directory: trees.directory.as_ref().map(place),
                names: names(&trees.dtbs),
                overlays: names(&trees.overlays),
            },
            firmware: files.firmware.directories.iter().map(place).collect(),
            considered: considered.collect(),
        })
    }
}

impl Place {
    fn new(sources: &[Source], index: usize, path: &Path) -> Self {
        let source = sources.get(index);
        Place {
            file_system: source.map(|source| source.name.clone()).unwrap_or_default(),
            path: format!("/{}", path.display()),
        }
    }

    fn text(&self) -> String {
        format!("{} in {}", self.path, self.file_system)
    }
}

impl Report {
    fn text(&self, explain: bool) -> String {
        let mut text = self.layers.text();
        let mut add = |name: &str, value: &str| text += &format!("{name:<13} {}\n", escape(value));
        for problem in &self.unreadable {
            add("unreadable:", problem);
        }
        if let Some(root) = &self.root {
            add("root:", &root.name);
            for deployment in &root.deployments {
                let is_shown = root.deployment.as_ref() == Some(deployment);
                let note = if is_shown { ", shown as the root" } else { "" };
                add("deployment:", &format!("{deployment}{note}"));
            }
        }
        if let Some(boot) = &self.boot {
            boot.add_text(explain, &mut add);
        }
        if let Some(problem) = &self.problem {
            add("problem:", problem);
        }
        text
    }
}

impl Boot {
    fn add_text(&self, explain: bool, add: &mut dyn FnMut(&str, &str)) {
        if let Some(os) = &self.os {
            add("system:", os);
        }
        let kernel = &self.kernel;
        let size = format_size(kernel.size);
        add(
            "kernel:",
            &format!(
                "{}, {}, {}, {size}",
                kernel.release, kernel.architecture, kernel.form
            ),
        );
        add("", &kernel.place.text());
        add("modules:", &self.modules.text());
        let trees = &self.device_trees;
        let count = format!("{} (overlays: {})", trees.names.len(), trees.overlays.len());
        match &trees.directory {
            Some(place) => add("device trees:", &format!("{count}, {}", place.text())),
            None => add("device trees:", "none"),
        }
        for place in &self.firmware {
            add("firmware:", &place.text());
        }
        if !explain {
            return;
        }
        for considered in &self.considered {
            let verdict = considered.rejected.as_deref().unwrap_or("taken");
            let place = considered.place.text();
            add(
                "considered:",
                &format!("{} {place}: {verdict}", considered.what),
            );
        }
    }
}
