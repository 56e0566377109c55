//! The crates of a build, and the differences between two builds.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::Deserialize;

/// One crate in the description of a build. Bazel lists a package with a build script twice.
#[derive(Deserialize)]
pub struct Crate {
    name: String,
    version: String,
    edition: String,
    features: BTreeSet<String>,
    /// The packages that it depends on, as `name version`.
    deps: BTreeSet<String>,
}

/// A dependency between two packages, written as `package:dependency`, or a feature of a package, as `package:feature`.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    package: String,
    dependency: String,
}

impl FromStr for Edge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((package, dependency)) if !package.is_empty() && !dependency.is_empty() => {
                Ok(Self {
                    package: package.to_owned(),
                    dependency: dependency.to_owned(),
                })
            }
            _ => Err("expected PACKAGE:DEPENDENCY".to_owned()),
        }
    }
}

#[derive(Default)]
struct Package {
    editions: BTreeSet<String>,
    features: BTreeSet<String>,
    deps: BTreeSet<String>,
}

/// The packages of a build, by `name version`.
pub struct Graph(BTreeMap<String, Package>);

impl Graph {
    /// Merges the crates of each package.
    pub fn new(crates: Vec<Crate>) -> Self {
        let mut packages = BTreeMap::<String, Package>::new();
        for entry in crates {
            let key = format!("{} {}", entry.name, entry.version);
            let package = packages.entry(key.clone()).or_default();
            package.editions.insert(entry.edition);
            package.features.extend(entry.features);
            // A crate and its build script are one package.
            package
                .deps
                .extend(entry.deps.into_iter().filter(|dep| *dep != key));
        }
        Self(packages)
    }

    /// The number of packages.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Returns the differences between the builds, one per line. `cargo_only` lists dependencies that only Cargo has, on purpose, and
/// `bazel_only` features that only Bazel has.
pub fn differences(
    bazel: &Graph,
    cargo: &Graph,
    cargo_only: &[Edge],
    bazel_only: &[Edge],
) -> Vec<String> {
    let mut found = Vec::new();
    if bazel.len() == 0 || cargo.len() == 0 {
        found.push("a build contains no crates".to_owned());
    }
    for key in bazel
        .0
        .keys()
        .chain(cargo.0.keys())
        .collect::<BTreeSet<_>>()
    {
        let (ours, theirs) = match (bazel.0.get(key), cargo.0.get(key)) {
            (Some(ours), Some(theirs)) => (ours, theirs),
            (Some(_), None) => {
                found.push(format!("{key}: only in Bazel"));
                continue;
            }
            _ => {
                found.push(format!("{key}: only in Cargo"));
                continue;
            }
        };
        let expected = theirs
            .deps
            .iter()
            .filter(|dep| !is_allowed(key, dep, cargo_only))
            .cloned()
            .collect();
        compare(key, "edition", &ours.editions, &theirs.editions, &mut found);
        let features = ours
            .features
            .iter()
            .filter(|feature| !is_allowed(key, feature, bazel_only))
            .cloned()
            .collect();
        compare(key, "feature", &features, &theirs.features, &mut found);
        compare(key, "dependency", &ours.deps, &expected, &mut found);
    }
    found
}

fn is_allowed(key: &str, dep: &str, cargo_only: &[Edge]) -> bool {
    let name = |key: &str| key.split(' ').next().map(str::to_owned).unwrap_or_default();
    cargo_only.contains(&Edge {
        package: name(key),
        dependency: name(dep),
    })
}

fn compare(
    key: &str,
    what: &str,
    bazel: &BTreeSet<String>,
    cargo: &BTreeSet<String>,
    found: &mut Vec<String>,
) {
    found.extend(
        bazel
            .difference(cargo)
            .map(|item| format!("{key}: {what} {item}: only in Bazel")),
    );
    found.extend(
        cargo
            .difference(bazel)
            .map(|item| format!("{key}: {what} {item}: only in Cargo")),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(json: &str) -> Graph {
        Graph::new(serde_json::from_str(json).expect("the test's own JSON"))
    }

    fn found(bazel: &str, cargo: &str) -> Vec<String> {
        differences(&graph(bazel), &graph(cargo), &[], &[])
    }

    const ONE: &str = r#"[{"name":"a","version":"1.0.0","edition":"2024","features":["x"],"deps":["b 1.0.0"]},
                          {"name":"b","version":"1.0.0","edition":"2021","features":[],"deps":[]}]"#;

    #[test]
    fn accepts_equal_builds() {
        assert_eq!(found(ONE, ONE), Vec::<String>::new());
    }

    #[test]
    fn merges_a_build_script_with_its_package() {
        let split = r#"[{"name":"a","version":"1.0.0","edition":"2024","features":["x"],"deps":["a 1.0.0"]},
                        {"name":"a","version":"1.0.0","edition":"2024","features":["x"],"deps":["b 1.0.0"]},
                        {"name":"b","version":"1.0.0","edition":"2021","features":[],"deps":[]}]"#;
        assert_eq!(found(split, ONE), Vec::<String>::new());
    }

    #[test]
    fn reports_each_kind_of_difference() {
        assert_eq!(
            found(&ONE.replace("2021", "2018"), ONE),
            [
                "b 1.0.0: edition 2018: only in Bazel",
                "b 1.0.0: edition 2021: only in Cargo"
            ]
        );
        assert_eq!(
            found(ONE, &ONE.replace(r#""x""#, "")),
            ["a 1.0.0: feature x: only in Bazel"]
        );
        assert_eq!(
            found(&ONE.replace(r#""b 1.0.0""#, ""), ONE),
            ["a 1.0.0: dependency b 1.0.0: only in Cargo"]
        );
        let without =
            r#"[{"name":"b","version":"1.0.0","edition":"2021","features":[],"deps":[]}]"#;
        assert_eq!(found(ONE, without), ["a 1.0.0: only in Bazel"]);
        assert_eq!(found(without, ONE), ["a 1.0.0: only in Cargo"]);
    }

    #[test]
    fn rejects_builds_without_crates() {
        assert_eq!(found("[]", "[]"), ["a build contains no crates"]);
    }

    #[test]
    fn allows_only_the_named_dependencies_in_cargo_alone() {
        let bazel = graph(&ONE.replace(r#""b 1.0.0""#, ""));
        let allow =
            |edge: &str| differences(&bazel, &graph(ONE), &[edge.parse().expect("an edge")], &[]);
        assert_eq!(allow("a:b"), Vec::<String>::new());
        assert_eq!(allow("a:c").len(), 1);
        assert!("a".parse::<Edge>().is_err() && "a:".parse::<Edge>().is_err());
    }

    #[test]
    fn allows_only_the_named_features_in_bazel_alone() {
        let cargo = graph(&ONE.replace(r#""x""#, ""));
        let allow = |edge: &str| {
            let edge = edge.parse().expect("a feature");
            differences(&graph(ONE), &cargo, &[], &[edge])
        };
        assert_eq!(allow("a:x"), Vec::<String>::new());
        assert_eq!(allow("a:y").len(), 1);
        assert_eq!(allow("b:x").len(), 1);
    }
}
