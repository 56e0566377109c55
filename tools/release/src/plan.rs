//! What publishing a release takes, step by step, as text and as data.

use std::fmt;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::graph::Graph;
use crate::version::Version;

/// The plan of one release. Its JSON is the asset `release-plan.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The version, as Cargo writes it.
    pub version: String,
    /// The Git tag.
    pub tag: String,
    /// Where assets can be downloaded from, once they are published.
    pub downloads: String,
    /// Whether packages of distributions are among the assets.
    pub packages: bool,
    /// The crates, in the order in which they are published.
    pub crates: Vec<Crate>,
    /// What is done, in this order, each when the one before is done.
    pub steps: Vec<Step>,
}

/// A crate that is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crate {
    /// Its name.
    pub name: String,
    /// The asset with it.
    pub file: String,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Step {
    /// Makes a release that only maintainers see.
    CreateDraft {
        /// The Git tag.
        tag: String,
    },
    /// Uploads all files of the release's directory to it.
    UploadAssets,
    /// Shows it to everybody.
    PublishRelease,
    /// Waits until the file can be downloaded and has the digest of `SHA256SUMS`.
    AwaitDownload {
        /// The address of the file that Cargo builds download.
        url: String,
    },
    /// Writes the digest of the published file into the generator crate.
    BakeSidecar {
        /// The asset.
        asset: String,
        /// The file in the sources that are published.
        sidecar: String,
    },
    /// Publishes a crate.
    PublishCrate {
        /// Its name.
        name: String,
    },
}

impl Plan {
    /// The plan for the packages of `graph`. `packages` says whether the release has packages of
    /// distributions.
    pub fn new(graph: &Graph, version: &Version, packages: bool) -> Result<Plan> {
        let order = graph.publish_order();
        let crates: Vec<Crate> = order
            .iter()
            .map(|package| Crate {
                name: package.name.to_string(),
                file: format!("{}-{}.crate", package.name, package.version),
            })
            .collect();
        let repository = graph.repository();
        let repository = repository.context("Cargo.toml: no published package has a repository")?;
        let tag = version.tag();
        let downloads = format!("{repository}/releases/download/{tag}");
        let steps = steps(&tag, &downloads, &crates);
        Ok(Plan {
            version: version.to_string(),
            tag,
            downloads,
            packages,
            crates,
            steps,
        })
    }
}

fn steps(tag: &str, downloads: &str, crates: &[Crate]) -> Vec<Step> {
    // Cargo builds download this one alone.
    let asset = stage0_artifact::Target::DEFAULT.asset_name();
    let before = [
        Step::CreateDraft {
            tag: tag.to_owned(),
        },
        Step::UploadAssets,
        Step::PublishRelease,
        Step::AwaitDownload {
            url: format!("{downloads}/{asset}"),
        },
        Step::BakeSidecar {
            asset,
            sidecar: SIDECAR.to_owned(),
        },
    ];
    let publish = crates.iter().map(|published| Step::PublishCrate {
        name: published.name.clone(),
    });
    before.into_iter().chain(publish).collect()
}

/// The sidecar in the sources.
pub const SIDECAR: &str = "crates/fastboop-stage0-generator/stage0-aarch64.sha256sum";

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "fastboop {}", self.version)?;
        for (number, step) in (1..).zip(&self.steps) {
            writeln!(f, "{number:3}. {step}")?;
        }
        if !self.packages {
            writeln!(f, "WITHOUT PACKAGES: no .deb, no .rpm; not for publishing")?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::CreateDraft { tag } => write!(f, "create a draft release of the tag {tag}"),
            Step::UploadAssets => write!(f, "upload every file of dist/ to it"),
            Step::PublishRelease => write!(f, "publish the release"),
            Step::AwaitDownload { url } => write!(f, "wait until {url} can be downloaded"),
            Step::BakeSidecar { asset, sidecar } => {
                write!(f, "bake {asset} into {sidecar}, in a copy of the sources")
            }
            Step::PublishCrate { name } => write!(f, "publish the crate {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crates() -> [Crate; 2] {
        ["library", "app"].map(|name| Crate {
            name: name.to_owned(),
            file: format!("{name}-1.2.3.crate"),
        })
    }

    #[test]
    fn crates_come_after_the_downloads() {
        let steps = steps("v1.2.3", "https://example.org/d", &crates());
        let position = |wanted: &dyn Fn(&Step) -> bool| steps.iter().position(wanted).unwrap();
        let draft = position(&|step| matches!(step, Step::CreateDraft { .. }));
        let upload = position(&|step| *step == Step::UploadAssets);
        let publish = position(&|step| *step == Step::PublishRelease);
        let wait = position(&|step| matches!(step, Step::AwaitDownload { .. }));
        let bake = position(&|step| matches!(step, Step::BakeSidecar { .. }));
        let library =
            position(&|step| matches!(step, Step::PublishCrate { name } if name == "library"));
        let app = position(&|step| matches!(step, Step::PublishCrate { name } if name == "app"));
        assert!([draft, upload, publish, wait, bake, library, app].is_sorted());
    }

    #[test]
    fn the_data_is_read_as_it_was_written() {
        let plan = Plan {
            version: "1.2.3".to_owned(),
            tag: "v1.2.3".to_owned(),
            downloads: "https://example.org/d".to_owned(),
            packages: false,
            crates: crates().to_vec(),
            steps: steps("v1.2.3", "https://example.org/d", &crates()),
        };
        let json = serde_json::to_string(&plan).unwrap();
        assert!(
            json.contains(r#"{"do":"publish-crate","name":"app"}"#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
        let text = plan.to_string();
        assert!(text.contains("  7. publish the crate app\n"), "{text}");
        assert!(text.contains("WITHOUT PACKAGES"), "{text}");
    }
}
