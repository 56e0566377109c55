//! The dependency graph of a Cargo workspace, with the digests in its lock file.

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
    /// The SHA-256 of each `.crate`, by name and version.
    checksums: BTreeMap<(String, String), String>,
}

/// A package that a program is built from.
#[derive(Debug)]
pub struct Part<'a> {
    pub package: &'a Package,
    /// The SHA-256 of its `.crate`, if it comes from a registry.
    pub checksum: Option<&'a str>,
    /// Whether it only runs during the build.
    pub is_build_only: bool,
    /// Its direct dependencies.
    pub dependencies: BTreeSet<&'a PackageId>,
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
    /// Reads the workspace of this Cargo.toml and its lock file, for `targets` (target triples).
    pub fn read(manifest: &Path, targets: &[&str]) -> Result<Graph> {
        let mut options = vec!["--locked".to_owned()];
        for target in targets {
            options.extend(["--filter-platform".to_owned(), (*target).to_owned()]);
        }
        let mut command = MetadataCommand::new();
        let metadata = command.manifest_path(manifest).other_options(options);
        let metadata = metadata.exec();
        let metadata = metadata.with_context(|| manifest.display().to_string())?;
        let path = metadata.workspace_root.join("Cargo.lock");
        let text = fs::read_to_string(&path).with_context(|| path.clone())?;
        Graph::new(metadata, &text).with_context(|| path)
    }

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

    /// The names of the workspace's packages that are published, sorted.
    pub fn published_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .published_packages()
            .map(|p| p.name.to_string())
            .collect();
        names.sort();
        names
    }

    fn published_packages(&self) -> impl Iterator<Item = &Package> {
        let packages = self.metadata.workspace_packages().into_iter();
        packages.filter(|package| package.publish.as_ref().is_none_or(|to| !to.is_empty()))
    }

    /// The repository URL of the published packages, without a trailing `/` and then `.git`. It is
    /// the prefix of the URLs of releases.
    pub fn repository(&self) -> Option<String> {
        let repository = self
            .published_packages()
            .find_map(|package| package.repository.as_deref())?;
        let repository = repository.trim_end_matches('/');
        Some(
            repository
                .strip_suffix(".git")
                .unwrap_or(repository)
                .to_owned(),
        )
    }

    /// The package `name` and all its dependencies, direct or not, sorted. Without those that only
    /// tests need.
    pub fn parts_of(&self, name: &str) -> Result<Vec<Part<'_>>> {
        let root = self
            .metadata
            .workspace_packages()
            .into_iter()
            .find(|package| package.name.as_str() == name)
            .with_context(|| format!("{}: no package {name}", self.metadata.workspace_root))?;
        let resolve = self.metadata.resolve.iter();
        let nodes: Nodes<'_> = resolve
            .flat_map(|resolve| &resolve.nodes)
            .map(|node| (&node.id, node))
            .collect();
        let both = [DependencyKind::Normal, DependencyKind::Build];
        let at_run_time = transitive_dependencies(&nodes, &root.id, &[DependencyKind::Normal]);
        let all = transitive_dependencies(&nodes, &root.id, &both);
        let packages = self.metadata.packages.iter();
        let mut parts: Vec<Part<'_>> = packages
            .filter(|package| all.contains(&package.id))
            .map(|package| Part {
                package,
                checksum: self.checksum(package),
                is_build_only: !at_run_time.contains(&package.id),
                dependencies: direct_dependencies(&nodes, &package.id, &both),
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

type Nodes<'a> = BTreeMap<&'a PackageId, &'a Node>;

/// The direct dependencies of `id` of these kinds.
fn direct_dependencies<'a>(
    nodes: &Nodes<'a>,
    id: &PackageId,
    kinds: &[DependencyKind],
) -> BTreeSet<&'a PackageId> {
    let dependencies = nodes.get(id).into_iter().flat_map(|node| &node.deps);
    dependencies
        .filter(|dep| dep.dep_kinds.iter().any(|kind| kinds.contains(&kind.kind)))
        .map(|dep| &dep.pkg)
        .collect()
}

/// `root` and all its dependencies of these kinds, direct or not.
fn transitive_dependencies<'a>(
    nodes: &Nodes<'a>,
    root: &'a PackageId,
    kinds: &[DependencyKind],
) -> BTreeSet<&'a PackageId> {
    let mut found = BTreeSet::from([root]);
    let mut todo = vec![root];
    while let Some(id) = todo.pop() {
        let new = direct_dependencies(nodes, id, kinds);
        todo.extend(new.into_iter().filter(|id| found.insert(id)));
    }
    found
}

#[cfg(test)]
pub mod tests {
    use serde_json::{Value, json};

    use super::*;

    const LOCK: &str = r#"
        [[package]]
        name = "app"
        version = "1.0.0"

        [[package]]
        name = "foreign"
        version = "1.0.0"
        checksum = "abc"
    "#;

    fn package(name: &str, publish: Value, source: Value) -> Value {
        json!({
            "name": name, "version": "1.0.0", "id": name, "license": "MIT/Apache-2.0",
            "source": source, "targets": [], "features": {}, "dependencies": [], "publish": publish,
            "manifest_path": "/w/Cargo.toml", "repository": "https://example.org/r.git/",
        })
    }

    fn node(name: &str, uses: &[(&str, Value)]) -> Value {
        let dependency = |(name, kind): &(&str, Value)| json!({ "name": name, "pkg": name, "dep_kinds": [{ "kind": kind, "target": null }] });
        json!({
            "id": name, "features": [], "dependencies": [],
            "deps": uses.iter().map(dependency).collect::<Vec<_>>(),
        })
    }

    /// `app` depends on `library`, and in its build on `helper`, which depends on `foreign`;
    /// `tests-only` is for tests, and not published. Written by hand, as Bazel's sandbox may lack
    /// Cargo; .ci/slow/80-release runs the real one.
    pub fn graph() -> Graph {
        let of_app = [
            ("library", Value::Null),
            ("helper", json!("build")),
            ("tests-only", json!("dev")),
        ];
        let of_helper = [("foreign", Value::Null)];
        let members = ["app", "helper", "library", "tests-only"];
        let metadata = json!({
            "packages": [
                package("app", Value::Null, Value::Null),
                package("foreign", Value::Null, json!("registry+https://example.org/index")),
                package("helper", Value::Null, Value::Null),
                package("library", Value::Null, Value::Null),
                package("tests-only", json!([]), Value::Null),
            ],
            "resolve": { "root": null, "nodes": [
                node("app", &of_app), node("foreign", &[]), node("helper", &of_helper),
                node("library", &[]), node("tests-only", &[]),
            ] },
            "workspace_members": members, "workspace_default_members": members,
            "target_directory": "/w/target", "version": 1, "workspace_root": "/w",
        });
        Graph::new(serde_json::from_value(metadata).unwrap(), LOCK).unwrap()
    }

    #[test]
    fn omits_unpublished_packages() {
        assert_eq!(graph().published_names(), ["app", "helper", "library"]);
        assert_eq!(
            graph().repository().as_deref(),
            Some("https://example.org/r")
        );
    }

    #[test]
    fn distinguishes_run_time_from_build_time() {
        let graph = graph();
        let parts = graph.parts_of("app").unwrap();
        let parts: Vec<_> = parts
            .iter()
            .map(|part| {
                let name = part.package.name.as_str();
                (
                    name,
                    part.is_build_only,
                    part.dependencies.len(),
                    part.checksum,
                )
            })
            .collect();
        let expected = [
            ("app", false, 2, None),
            ("foreign", true, 0, Some("abc")),
            ("helper", true, 1, None),
            ("library", false, 0, None),
        ];
        assert_eq!(parts, expected);
        let error = graph.parts_of("other").unwrap_err().to_string();
        assert!(error.contains("no package other"), "{error}");
    }
}
