//! What describes the assets: bills of materials, the plan, the provenance.

use std::path::PathBuf;

use anyhow::{Context, Result};
use fastboop_files::{FileName, Sums};
use serde::Serialize;
use stage0_artifact::Target;

use crate::assets::{self, HOSTS, PLAN};
use crate::digests;
use crate::graph::Graph;
use crate::plan::Plan;
use crate::provenance::{Origin, Statement};
use crate::rehearse::{Packages, Rehearsal};
use crate::sbom::{self, Built};

use super::write;

/// The files of the sources that fix what comes from elsewhere.
const INPUTS: [&str; 4] = [
    "Cargo.lock",
    "MODULE.bazel",
    "stage0/Cargo.lock",
    ".bazelversion",
];

/// Writes the bill of each program, and the plan.
pub fn make(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let sources = rehearsal.sources();
    let version = &rehearsal.version;
    let hosts = Graph::read(&sources.join("Cargo.toml"), &HOSTS)?;
    let triples = Target::ALL.map(Target::triple);
    let stage0 = Graph::read(&sources.join("stage0/Cargo.toml"), &triples)?;
    let archives = HOSTS
        .map(|host| assets::host_archive(version, host))
        .to_vec();
    let artifacts = Target::ALL.map(Target::asset_name).to_vec();
    let made = digests::of_release(&rehearsal.assets())?;
    let bill = |graph: &Graph, package: &str, program: &str, files: &[String]| {
        let bill = sbom::make(package, &graph.parts_of(package)?, &built(&made, files)?);
        let path = rehearsal.assets().join(sbom::name(program, version));
        write_json(path, &bill)
    };
    let with_packages = rehearsal.packages != Packages::Skipped;
    let plan = Plan::new(&hosts, version, with_packages)?;
    Ok(vec![
        bill(&hosts, "fastboop-cli", "fastboop", &archives)?,
        bill(&stage0, "fastboop-stage0", "fastboop-stage0", &artifacts)?,
        write_json(rehearsal.assets().join(PLAN), &plan)?,
    ])
}

/// Those of `names` that are among the assets.
fn built(made: &Sums, names: &[String]) -> Result<Vec<Built>> {
    let mut built = Vec::new();
    for name in names {
        let digest = made.get(&FileName::new(name.as_str())?);
        built.extend(digest.map(|sha256| Built {
            name: name.clone(),
            sha256,
        }));
    }
    Ok(built)
}

/// Writes what all other assets were made from.
pub fn provenance(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let Rehearsal {
        checkout, version, ..
    } = rehearsal;
    let path = rehearsal.assets().join(assets::provenance(version));
    let own = FileName::new(assets::provenance(version))?;
    let made = digests::of_release(&rehearsal.assets())?;
    let others = made.iter().filter(|(name, _)| **name != own);
    let others: Sums = others
        .map(|(name, digest)| (name.clone(), digest))
        .collect();
    let mut inputs = Vec::new();
    for name in INPUTS {
        inputs.push((name, digests::of_file(&rehearsal.sources().join(name))?));
    }
    let graph = Graph::read(&rehearsal.sources().join("Cargo.toml"), &[])?;
    let repository = graph.repository();
    let statement = Statement::new(
        &others,
        &Origin {
            version: &version.to_string(),
            repository: &repository.context("Cargo.toml: no published package has a repository")?,
            commit: &checkout.commit,
            builder: &rehearsal.builder,
            inputs: &inputs,
        },
    );
    Ok(vec![write_json(path, &statement)?])
}

fn write_json(path: PathBuf, value: &impl Serialize) -> Result<PathBuf> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    write(path, &bytes)
}
