//! The bill of materials: what a program is made of, in CycloneDX 1.5
//! (<https://cyclonedx.org/docs/1.5/json/>).

use std::collections::BTreeSet;

use cargo_metadata::{Package, PackageId};
use fastboop_files::Sha256Digest;
use serde_json::{Value, json};

use crate::graph::Part;
use crate::version::Version;

/// A released file with the program in it.
#[derive(Debug, Clone)]
pub struct Built {
    /// The asset's name.
    pub name: String,
    /// Its digest.
    pub sha256: Sha256Digest,
}

/// The name of the asset with the bill of `program`.
pub fn name(program: &str, version: &Version) -> String {
    format!("{program}-{version}.cdx.json")
}

/// The bill of the program that `root` builds from `parts` (`root` among them), which is in the
/// files `built`.
///
/// There is no time in it, and its serial number follows from its content: the same bill comes out
/// each time. Packages that only run in the build have the scope `excluded`.
pub fn make(root: &str, parts: &[Part<'_>], built: &[Built]) -> Value {
    let (own, others): (Vec<_>, Vec<_>) = parts
        .iter()
        .partition(|part| part.package.name.as_str() == root);
    let files: Vec<Value> = built
        .iter()
        .map(|file| {
            json!({
                "type": "file",
                "name": file.name,
                "hashes": [hash(&file.sha256.to_string())],
            })
        })
        .collect();
    let mut program = own.first().map_or(Value::Null, |part| component(part));
    if let Some(program) = program.as_object_mut() {
        program.insert("type".to_owned(), json!("application"));
        program.remove("scope");
        program.insert("components".to_owned(), json!(files));
    }
    let components: Vec<Value> = others.iter().map(|part| component(part)).collect();
    let dependencies: Vec<Value> = parts.iter().map(|part| uses(part, parts)).collect();
    let mut bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": program },
        "components": components,
        "dependencies": dependencies,
    });
    let serial = serial_number(&bill);
    if let Some(bill) = bill.as_object_mut() {
        bill.insert("serialNumber".to_owned(), json!(serial));
    }
    bill
}

/// The serial number of a bill that has none yet: a UUID of version 8 (RFC 9562, section 5.8) made
/// of its digest.
pub fn serial_number(bill: &Value) -> String {
    let hex = Sha256Digest::of(bill.to_string().as_bytes()).to_string();
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    format!(
        "urn:uuid:{}-{}-8{}-8{}-{}",
        part(0..8),
        part(8..12),
        part(12..15),
        part(15..18),
        part(18..30)
    )
}

/// The files that a bill says its program is in, with the SHA-256 it says they have.
pub fn files(bill: &Value) -> Vec<(&str, &str)> {
    let files = bill.pointer("/metadata/component/components");
    let files = files.and_then(Value::as_array).into_iter().flatten();
    files
        .filter_map(|file| {
            let digest = file.pointer("/hashes/0/content")?;
            Some((file.get("name")?.as_str()?, digest.as_str()?))
        })
        .collect()
}

fn component(part: &Part<'_>) -> Value {
    let package = part.package;
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": package.name,
        "version": package.version.to_string(),
        "purl": reference(package),
        "scope": if part.build_only { "excluded" } else { "required" },
    });
    if let Some(fields) = component.as_object_mut() {
        if let Some(license) = &package.license {
            // Old manifests have `/` for SPDX's OR.
            let expression = license.replace(" / ", " OR ").replace('/', " OR ");
            let licenses = json!([{ "expression": expression }]);
            fields.insert("licenses".to_owned(), licenses);
        }
        if let Some(checksum) = part.checksum {
            fields.insert("hashes".to_owned(), json!([hash(checksum)]));
        }
    }
    component
}

fn uses(part: &Part<'_>, parts: &[Part<'_>]) -> Value {
    let is_used = |id: &PackageId| part.uses.contains(id);
    let used: BTreeSet<String> = parts
        .iter()
        .filter(|other| is_used(&other.package.id))
        .map(|other| reference(other.package))
        .collect();
    json!({ "ref": reference(part.package), "dependsOn": used })
}

fn hash(sha256: &str) -> Value {
    json!({ "alg": "SHA-256", "content": sha256 })
}

/// The package URL (<https://github.com/package-url/purl-spec>).
fn reference(package: &Package) -> String {
    // `+` is what may be in a version and not in a URL.
    let version = package.version.to_string().replace('+', "%2B");
    format!("pkg:cargo/{}@{version}", package.name)
}
