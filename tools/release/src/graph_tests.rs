//! On what Cargo would say of a small workspace. (In Bazel's sandbox there need not be a Cargo to ask;
//! the real one is asked by every rehearsal.)

use serde_json::{Value, json};

use super::*;
use crate::sbom;

const LOCK: &str = r#"
version = 4

[[package]]
name = "app"
version = "1.0.0"

[[package]]
name = "foreign"
version = "1.0.0"
checksum = "abc"
"#;

/// A package of the workspace, or of a registry.
fn package(name: &str, publish: Value, dependencies: &[(&str, Value)]) -> Value {
    let dependency = |(name, kind): &(&str, Value)| {
        json!({
            "name": name, "source": null, "req": "^1", "kind": kind, "rename": null, "optional": false,
            "uses_default_features": true, "features": [], "target": null, "registry": null,
            "path": format!("/w/{name}"),
        })
    };
    json!({
        "name": name, "version": "1.0.0", "id": name, "license": null, "license_file": null,
        "description": null, "source": null, "targets": [], "features": {}, "metadata": null,
        "dependencies": dependencies.iter().map(dependency).collect::<Vec<_>>(),
        "manifest_path": format!("/w/{name}/Cargo.toml"), "publish": publish, "authors": [],
        "categories": [], "keywords": [], "readme": null, "repository": "https://example.org/r.git/",
        "homepage": null, "documentation": null, "edition": "2024", "links": null,
        "default_run": null, "rust_version": null,
    })
}

fn node(name: &str, uses: &[(&str, Value)]) -> Value {
    let used = |(name, kind): &(&str, Value)| {
        json!({
            "name": name, "pkg": name, "dep_kinds": [{ "kind": kind, "target": null }],
        })
    };
    json!({
        "id": name, "features": [],
        "dependencies": uses.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "deps": uses.iter().map(used).collect::<Vec<_>>(),
    })
}

/// `app` uses `library`, and `helper` in its build, which uses `foreign`; `tests-only` is for tests, and
/// not published.
fn graph() -> Graph {
    let of_app = [
        ("library", Value::Null),
        ("helper", json!("build")),
        ("tests-only", json!("dev")),
    ];
    let of_helper = [("foreign", Value::Null)];
    let members = ["app", "helper", "library", "tests-only"];
    let metadata = json!({
        "packages": [
            package("app", Value::Null, &of_app),
            package("foreign", Value::Null, &[]),
            package("helper", Value::Null, &[]),
            package("library", Value::Null, &[]),
            package("tests-only", json!([]), &[]),
        ],
        "workspace_members": members, "workspace_default_members": members,
        "resolve": {
            "nodes": [
                node("app", &of_app), node("foreign", &[]), node("helper", &of_helper),
                node("library", &[]), node("tests-only", &[]),
            ],
            "root": null,
        },
        "target_directory": "/w/target", "version": 1, "workspace_root": "/w", "metadata": null,
    });
    Graph::new(serde_json::from_value(metadata).unwrap(), LOCK).unwrap()
}

#[test]
fn each_is_published_after_what_it_needs() {
    let graph = graph();
    let order: Vec<&str> = graph
        .publish_order()
        .into_iter()
        .map(|package| package.name.as_str())
        .collect();
    assert_eq!(order, ["helper", "library", "app"]);
    let repository = graph.repository();
    assert_eq!(repository.as_deref(), Some("https://example.org/r"));
}

#[test]
fn what_is_inside_and_what_only_builds_is_told_apart() {
    let graph = graph();
    let parts: Vec<_> = graph
        .parts_of("app")
        .unwrap()
        .into_iter()
        .map(|part| {
            let name = part.package.name.as_str();
            (name, part.build_only, part.uses.len(), part.checksum)
        })
        .collect();
    let expected = [
        ("app", false, 2, None),
        ("foreign", true, 0, Some("abc")),
        ("helper", true, 1, None),
        ("library", false, 0, None),
    ];
    for (part, (name, build_only, uses, checksum)) in parts.iter().zip(expected) {
        assert_eq!(*part, (name, build_only, uses, checksum));
    }
    assert_eq!(parts.len(), 4);
}

#[test]
fn a_bill_says_what_each_part_is() {
    let graph = graph();
    let built = [sbom::Built {
        name: "app.tar.gz".to_owned(),
        sha256: fastboop_files::Sha256Digest::of(b"a"),
    }];
    let bill = sbom::make("app", &graph.parts_of("app").unwrap(), &built);
    let again = sbom::make("app", &graph.parts_of("app").unwrap(), &built);
    assert_eq!(bill, again);
    assert_eq!(bill["metadata"]["component"]["purl"], "pkg:cargo/app@1.0.0");
    assert_eq!(sbom::files(&bill).len(), 1);
    let foreign = &bill["components"][0];
    assert_eq!(foreign["name"], "foreign");
    assert_eq!(foreign["scope"], "excluded");
    assert_eq!(foreign["hashes"][0]["content"], "abc");
    assert_eq!(bill["components"][2]["scope"], "required");
    let uses = &bill["dependencies"][0]["dependsOn"];
    assert_eq!(
        *uses,
        json!(["pkg:cargo/helper@1.0.0", "pkg:cargo/library@1.0.0"])
    );
    let other = sbom::make("app", &graph.parts_of("app").unwrap(), &[]);
    assert_ne!(bill["serialNumber"], other["serialNumber"]);
}

#[test]
fn an_unknown_package_is_named() {
    let message = graph().parts_of("other").unwrap_err().to_string();
    assert!(message.contains("no package other"), "{message}");
}
