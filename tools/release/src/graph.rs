//! What Cargo knows: packages, what they depend on, and the digests in the lock file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, Package, PackageId};
use serde::Deserialize;

/// A Cargo workspace, resolved.
#[derive(Debug)]
pub struct Graph {
    metadata: Metadata,
    /// From name and version to SHA-256.
    checksums: BTreeMap<(String, String), String>,
}

/// A package that something is made of.
#[derive(Debug)]
pub struct Part<'a> {
    /// The package.
    pub package: &'a Package,
    /// The SHA-256 of its `.crate`, where it comes from a registry.
    pub checksum: Option<&'a str>,
    /// Whether it is only run in the build.
    pub build_only: bool,
    /// What it depends on itself.
    pub uses: BTreeSet<&'a PackageId>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

impl Graph {
    /// The workspace with this Cargo.toml, as its lock file has it, on `targets` (Rust's triples).
    pub fn read(manifest: &Path, targets: &[&str]) -> Result<Graph> {
        let mut options = vec!["--locked".to_owned()];
        for target in targets {
            options.extend(["--filter-platform".to_owned(), (*target).to_owned()]);
        }
        let mut command = MetadataCommand::new();
        let metadata = command.manifest_path(manifest).other_options(options);
        let metadata = metadata
            .exec()
            .with_context(|| manifest.display().to_string())?;
        let path = metadata.workspace_root.join("Cargo.lock");
        let text = fs::read_to_string(&path).with_context(|| path.clone())?;
        Graph::new(metadata, &text).with_context(|| path)
    }

    /// What Cargo says of a workspace, with the text of its lock file.
    fn new(metadata: Metadata, lock: &str) -> Result<Graph> {
        let lock: Lock = toml::from_str(lock)?;
        let packages = lock.package.into_iter();
        let checksums = packages
            .filter_map(|locked| Some(((locked.name, locked.version), locked.checksum?)))
            .collect();
        Ok(Graph {
            metadata,
            checksums,
        })
    }

    /// The packages of the workspace that are published, each after those that it depends on; what
    /// may be in any order is sorted by name.
    pub fn publish_order(&self) -> Vec<&Package> {
        let mut waiting: BTreeMap<&str, &Package> = self
            .metadata
            .workspace_packages()
            .into_iter()
            .filter(|package| package.publish.as_ref().is_none_or(|to| !to.is_empty()))
            .map(|package| (package.name.as_str(), package))
            .collect();
        let mut order = Vec::new();
        loop {
            let next = waiting
                .values()
                .find(|package| !needs_any_of(package, &waiting));
            // Cargo refuses circles, so that nothing waits in the end.
            let Some(next) = next.copied() else { break };
            waiting.remove(next.name.as_str());
            order.push(next);
        }
        order
    }

    /// The address of the repository that the published packages name, without a trailing `/` and
    /// then `.git`: what addresses of releases start with.
    pub fn repository(&self) -> Option<String> {
        let packages = self.publish_order();
        let repository = packages
            .into_iter()
            .find_map(|package| package.repository.clone())?;
        let repository = repository.trim_end_matches('/');
        Some(
            repository
                .strip_suffix(".git")
                .unwrap_or(repository)
                .to_owned(),
        )
    }

    /// The package `name` and all that it is built from, sorted. What only tests use is left out.
    pub fn parts_of(&self, name: &str) -> Result<Vec<Part<'_>>> {
        let root = self
            .metadata
            .workspace_packages()
            .into_iter()
            .find(|package| package.name.as_str() == name)
            .with_context(|| format!("{}: no package {name}", self.metadata.workspace_root))?;
        let resolve = self.metadata.resolve.as_ref();
        let nodes: BTreeMap<&PackageId, &Node> = resolve
            .iter()
            .flat_map(|resolve| &resolve.nodes)
            .map(|node| (&node.id, node))
            .collect();
        let inside = reach(&nodes, &root.id, &[DependencyKind::Normal]);
        let both = [DependencyKind::Normal, DependencyKind::Build];
        let packages = self.metadata.packages.iter();
        let all = reach(&nodes, &root.id, &both);
        let mut parts: Vec<Part<'_>> = packages
            .filter(|package| all.contains(&package.id))
            .map(|package| Part {
                package,
                checksum: self.checksum(package),
                build_only: !inside.contains(&package.id),
                uses: direct(&nodes, &package.id, &both),
            })
            .collect();
        parts.sort_by_key(|part| (&part.package.name, &part.package.version));
        Ok(parts)
    }

    fn checksum(&self, package: &Package) -> Option<&str> {
        let key = (package.name.to_string(), package.version.to_string());
        self.checksums.get(&key).map(String::as_str)
    }
}

/// Whether one of `others` has to be published before `package`.
fn needs_any_of(package: &Package, others: &BTreeMap<&str, &Package>) -> bool {
    package.dependencies.iter().any(|dependency| {
        // A dev-dependency without a version is left out when a package is made.
        let counts = dependency.kind != DependencyKind::Development;
        counts && dependency.path.is_some() && others.contains_key(dependency.name.as_str())
    })
}

fn direct<'a>(
    nodes: &BTreeMap<&'a PackageId, &'a Node>,
    id: &PackageId,
    kinds: &[DependencyKind],
) -> BTreeSet<&'a PackageId> {
    let node = nodes.get(id);
    node.into_iter()
        .flat_map(|node| &node.deps)
        .filter(|dep| dep.dep_kinds.iter().any(|kind| kinds.contains(&kind.kind)))
        .map(|dep| &dep.pkg)
        .collect()
}

fn reach<'a>(
    nodes: &BTreeMap<&'a PackageId, &'a Node>,
    root: &'a PackageId,
    kinds: &[DependencyKind],
) -> BTreeSet<&'a PackageId> {
    let mut reached = BTreeSet::from([root]);
    let mut next = vec![root];
    while let Some(id) = next.pop() {
        for used in direct(nodes, id, kinds) {
            if reached.insert(used) {
                next.push(used);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests;
