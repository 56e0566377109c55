//! The plan of publishing a release, as text and as JSON.

use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use stage0_artifact::Target;

use crate::checkout::Checkout;
use crate::declared;
use crate::graph::Graph;
use crate::version::Version;

/// The path of the sidecar in the sources.
pub const SIDECAR: &str = "crates/fastboop-stage0-generator/stage0-aarch64.sha256sum";

/// The plan of one release. Its JSON is the asset `release-plan.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The version, in Cargo's format.
    pub version: String,
    /// The Git tag.
    pub tag: String,
    /// The URL of the directory of the published assets.
    pub downloads: String,
    /// Whether .deb and .rpm packages are among the assets.
    pub packages: bool,
    /// The names of the crates that are published, sorted.
    pub crates: Vec<String>,
}

impl Plan {
    /// The plan for the sources in `checkout`, which have to declare `version`.
    pub fn from_checkout(checkout: &Checkout, version: &Version, packages: bool) -> Result<Plan> {
        declared::check(&checkout.top, version)?;
        let graph = Graph::read(&checkout.top.join("Cargo.toml"), &[])?;
        Plan::new(&graph, version, packages)
    }

    /// The plan for the crates of `graph`. `packages` is [`Plan::packages`].
    pub fn new(graph: &Graph, version: &Version, packages: bool) -> Result<Plan> {
        let repository = graph.repository();
        let repository =
            repository.context("Cargo.toml: no published package declares a repository")?;
        let tag = version.tag();
        Ok(Plan {
            version: version.to_string(),
            downloads: format!("{repository}/releases/download/{tag}"),
            tag,
            packages,
            crates: graph.published_names(),
        })
    }

    /// The names of the assets that contain the crates.
    pub fn crate_files(&self) -> impl Iterator<Item = String> {
        let version = &self.version;
        self.crates
            .iter()
            .map(move |name| format!("{name}-{version}.crate"))
    }

    /// The steps of publishing the assets in `directory`, one per line.
    pub fn to_text(&self, directory: &Path) -> String {
        // The only asset that Cargo builds download. A published crate cannot be taken back, so
        // crates come last.
        let asset = Target::DEFAULT.asset_name();
        let steps = [
            format!("create a draft release of the tag {}", self.tag),
            // With a slash at the end.
            format!(
                "upload every file of {} to it",
                directory.join("").display()
            ),
            "publish the release".to_owned(),
            format!("wait until {}/{asset} can be downloaded", self.downloads),
            format!("write the digest of {asset} to {SIDECAR}, in a copy of the sources"),
            format!(
                "publish the crates {} (cargo publish orders them)",
                self.crates.join(", ")
            ),
        ];
        let mut text = format!("fastboop {}\n", self.version);
        for (number, step) in (1..).zip(steps) {
            text += &format!("{number:3}. {step}\n");
        }
        if !self.packages {
            text += "WITHOUT PACKAGES: no .deb, no .rpm; not for publishing\n";
        }
        text
    }

    /// The plan as JSON, with a trailing newline.
    pub fn to_json(&self) -> Result<String> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            version: "1.2.3".to_owned(),
            tag: "v1.2.3".to_owned(),
            downloads: "https://example.org/d".to_owned(),
            packages: false,
            crates: vec!["app".to_owned(), "library".to_owned()],
        }
    }

    #[test]
    fn publishes_crates_after_their_downloads() {
        let text = plan().to_text(Path::new("out"));
        let position = |words: &str| {
            text.find(words)
                .unwrap_or_else(|| panic!("{words}: {text}"))
        };
        let steps = [
            "draft",
            "upload",
            "publish the release",
            "wait",
            "write",
            "app, library",
        ];
        assert!(steps.map(position).is_sorted(), "{text}");
        assert!(text.contains("WITHOUT PACKAGES"), "{text}");
        assert!(text.contains("every file of out/ to it"), "{text}");
    }

    #[test]
    fn json_round_trips() {
        let json = plan().to_json().unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan());
        assert!(
            plan()
                .crate_files()
                .eq(["app-1.2.3.crate", "library-1.2.3.crate"])
        );
    }
}
