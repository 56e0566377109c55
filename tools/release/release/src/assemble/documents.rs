//! The step `documents`: SBOMs and the plan.

use anyhow::Result;
use fastboop_files::{FileName, Sums};
use stage0_artifact::Target;

use super::context::{self, Context};
use crate::assets::{HOSTS, PLAN};
use crate::digests;
use crate::graph::Graph;
use crate::sbom::{self, ReleasedFile};

/// Writes the SBOM of each program, and the plan.
pub fn write(context: &Context) -> Result<()> {
    let version = &context.version;
    let sources = context.dir.sources(version);
    let assets = digests::hash_release(&context.dir.join("assets"))?;
    let programs = [
        (
            "fastboop",
            "fastboop-cli",
            "Cargo.toml",
            HOSTS.map(|host| host.triple).to_vec(),
            HOSTS.map(|host| host.archive(version)).to_vec(),
        ),
        (
            "fastboop-stage0",
            "fastboop-stage0",
            "stage0/Cargo.toml",
            Target::ALL.map(Target::triple).to_vec(),
            Target::ALL.map(Target::asset_name).to_vec(),
        ),
    ];
    for (program, package, manifest, targets, files) in programs {
        let graph = Graph::read(&sources.join(manifest), &targets)?;
        let sbom = sbom::create(
            package,
            &graph.parts_of(package)?,
            &find_files(&assets, files)?,
        )?;
        let text = format!("{}\n", serde_json::to_string_pretty(&sbom)?);
        let path = context.dir.asset(&sbom::name(program, version));
        context::write(&path, text.as_bytes())?;
    }
    context::write(&context.dir.asset(PLAN), context.plan.to_json()?.as_bytes())
}

/// Finds those of `names` that are among the assets.
fn find_files(assets: &Sums, names: Vec<String>) -> Result<Vec<ReleasedFile>> {
    let mut files = Vec::new();
    for name in names {
        let digest = assets.get(&FileName::new(name.as_str())?);
        files.extend(digest.map(|sha256| ReleasedFile { name, sha256 }));
    }
    Ok(files)
}
