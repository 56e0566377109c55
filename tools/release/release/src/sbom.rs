//! The SBOM: the crates that a program is built from, in CycloneDX 1.5
//! (<https://cyclonedx.org/docs/1.5/json/>).

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Package, PackageId};
use fastboop_files::Sha256Digest;
use serde_json::{Value, json};

use crate::graph::Part;
use crate::version::Version;

/// An asset that contains the program.
#[derive(Debug, Clone)]
pub struct ReleasedFile {
    pub name: String,
    pub sha256: Sha256Digest,
}

/// The name of the asset with the SBOM of `program`.
pub fn name(program: &str, version: &Version) -> String {
    format!("{program}-{version}.cdx.json")
}

/// Creates the SBOM of the program of the package `root`, which is built from `parts` (`root` among
/// them) and released in `files`. Packages that only run during the build have the scope `excluded`.
///
/// It has no timestamp, and its serial number is derived from its content, so the same sources give
/// the same SBOM. Fails if a crate has no licence, or a crate from a registry no digest.
pub fn create(root: &str, parts: &[Part<'_>], files: &[ReleasedFile]) -> Result<Value> {
    let files = files.iter().map(|file| {
        json!({ "type": "file", "name": file.name, "hashes": [hash(&file.sha256.to_string())] })
    });
    let mut program = Value::Null;
    let mut components = Vec::new();
    for part in parts {
        let component = component(part)?;
        if part.package.name.as_str() == root {
            program = component;
            program["type"] = json!("application");
            program["scope"] = json!("required");
            program["components"] = files.clone().collect();
        } else {
            components.push(component);
        }
    }
    let dependencies: Vec<Value> = parts.iter().map(|part| dependencies(part, parts)).collect();
    let mut sbom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": program },
        "components": components,
        "dependencies": dependencies,
    });
    sbom["serialNumber"] = json!(serial_number(&sbom));
    Ok(sbom)
}

/// The serial number for an SBOM without one: a UUID of version 8 (RFC 9562, section 5.8), derived
/// from its digest.
fn serial_number(sbom: &Value) -> String {
    let hex = Sha256Digest::compute(sbom.to_string().as_bytes()).to_string();
    let mut uuid: String = hex.chars().take(30).collect();
    for (position, text) in [(8, "-"), (13, "-8"), (18, "-8"), (23, "-")] {
        uuid.insert_str(position, text);
    }
    format!("urn:uuid:{uuid}")
}

/// Validates an SBOM from [`create`]. Returns the files that contain its program, each with the
/// SHA-256 digest that the SBOM states.
pub fn parse(bytes: &[u8]) -> Result<Vec<(String, String)>> {
    let mut sbom: Value = serde_json::from_slice(bytes)?;
    ensure!(
        sbom["bomFormat"] == "CycloneDX" && sbom["specVersion"] == "1.5",
        "not an SBOM in CycloneDX 1.5"
    );
    let files = sbom.pointer("/metadata/component/components");
    let files = files.and_then(Value::as_array).into_iter().flatten();
    let files: Vec<(String, String)> = files
        .filter_map(|file| {
            let digest = file.pointer("/hashes/0/content")?.as_str()?;
            Some((file.get("name")?.as_str()?.to_owned(), digest.to_owned()))
        })
        .collect();
    ensure!(!files.is_empty(), "names no file with its program");
    let fields = sbom.as_object_mut();
    let serial = fields.and_then(|fields| fields.remove("serialNumber"));
    ensure!(
        serial == Some(json!(serial_number(&sbom))),
        "its serial number does not match its content"
    );
    Ok(files)
}

fn component(part: &Part<'_>) -> Result<Value> {
    let package = part.package;
    let license = package.license.as_ref();
    let license = license.with_context(|| format!("{}: declares no licence", package.id))?;
    let mut component = json!({
        "type": "library",
        "bom-ref": package_url(package),
        "name": package.name,
        "version": package.version.to_string(),
        "purl": package_url(package),
        "scope": if part.is_build_only { "excluded" } else { "required" },
        // Old manifests use `/` for SPDX's OR.
        "licenses": [{ "expression": license.replace(" / ", " OR ").replace('/', " OR ") }],
    });
    match part.checksum {
        Some(checksum) => component["hashes"] = json!([hash(checksum)]),
        // Packages of the workspace have no digest.
        None => ensure!(
            package.source.is_none(),
            "{}: no digest in Cargo.lock",
            package.id
        ),
    }
    Ok(component)
}

fn dependencies(part: &Part<'_>, parts: &[Part<'_>]) -> Value {
    let is_used = |id: &PackageId| part.dependencies.contains(id);
    let used = parts.iter().filter(|other| is_used(&other.package.id));
    let used: BTreeSet<String> = used.map(|other| package_url(other.package)).collect();
    json!({ "ref": package_url(part.package), "dependsOn": used })
}

fn hash(sha256: &str) -> Value {
    json!({ "alg": "SHA-256", "content": sha256 })
}

/// The package URL (<https://github.com/package-url/purl-spec>).
fn package_url(package: &Package) -> String {
    // `+` is valid in a version, but not in a URL.
    let version = package.version.to_string().replace('+', "%2B");
    format!("pkg:cargo/{}@{version}", package.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::graph;

    #[test]
    fn lists_version_digest_licence_and_relationships() {
        let graph = graph();
        let built = [ReleasedFile {
            name: "app.tar.gz".to_owned(),
            sha256: Sha256Digest::compute(b"a"),
        }];
        let parts = graph.parts_of("app").unwrap();
        let sbom = create("app", &parts, &built).unwrap();
        assert_eq!(sbom, create("app", &parts, &built).unwrap());
        assert_eq!(sbom["metadata"]["component"]["purl"], "pkg:cargo/app@1.0.0");
        let foreign = &sbom["components"][0];
        assert_eq!(foreign["name"], "foreign");
        assert_eq!(foreign["version"], "1.0.0");
        assert_eq!(foreign["hashes"][0]["content"], "abc");
        assert_eq!(foreign["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(foreign["scope"], "excluded");
        assert_eq!(sbom["components"][2]["scope"], "required");
        let uses = &sbom["dependencies"][0]["dependsOn"];
        assert_eq!(
            *uses,
            json!(["pkg:cargo/helper@1.0.0", "pkg:cargo/library@1.0.0"])
        );
        let other = create("app", &parts, &[]).unwrap();
        assert_ne!(sbom["serialNumber"], other["serialNumber"]);

        let files = parse(sbom.to_string().as_bytes()).unwrap();
        assert_eq!(
            files,
            [("app.tar.gz".to_owned(), built[0].sha256.to_string())]
        );
    }

    #[test]
    fn rejects_a_crate_without_licence_or_digest() {
        let graph = graph();
        let mut parts = graph.parts_of("app").unwrap();
        let mut package = parts[1].package.clone();
        package.license = None;
        parts[1].package = &package;
        let error = create("app", &parts, &[]).unwrap_err().to_string();
        assert_eq!(error, "foreign: declares no licence");

        let mut parts = graph.parts_of("app").unwrap();
        parts[1].checksum = None;
        let error = create("app", &parts, &[]).unwrap_err().to_string();
        assert_eq!(error, "foreign: no digest in Cargo.lock");
    }
}
