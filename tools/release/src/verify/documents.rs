//! The bills of materials and the provenance.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use fastboop_files::Sums;
use serde_json::Value;

use crate::provenance::Statement;
use crate::{assets, digests, sbom};

use super::Release;

/// The programs that have a bill of materials.
const PROGRAMS: [&str; 2] = ["fastboop", "fastboop-stage0"];

/// Everything that is wrong with them; that one is missing is told elsewhere.
pub fn problems(release: &Release) -> Vec<String> {
    let Ok(found) = digests::of_release(&release.directory) else {
        return Vec::new();
    };
    let found = by_name(&found);
    let provenance = assets::provenance(&release.version);
    let bills = PROGRAMS.map(|program| sbom::name(program, &release.version));
    let checks = bills.iter().map(|name| (name, check_bill as Check));
    let all = checks.chain([(&provenance, check_provenance as Check)]);
    all.filter(|(name, _)| release.names.contains(*name))
        .filter_map(|(name, check)| {
            let path = release.path(name);
            let result = digests::read(&path).and_then(|bytes| check(&bytes, name, &found));
            let error = result.err()?;
            Some(format!(
                "{}: {error:#}; make the release again",
                path.display()
            ))
        })
        .collect()
}

/// Checks the document with these bytes and this name against the digests of all files.
type Check = fn(&[u8], &str, &BTreeMap<String, String>) -> Result<()>;

fn by_name(sums: &Sums) -> BTreeMap<String, String> {
    let name = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let files = sums.iter();
    files
        .map(|(file, digest)| (name(file.as_bytes()), digest.to_string()))
        .collect()
}

fn check_bill(bytes: &[u8], _: &str, found: &BTreeMap<String, String>) -> Result<()> {
    let mut bill: Value = serde_json::from_slice(bytes)?;
    ensure!(
        bill["bomFormat"] == "CycloneDX" && bill["specVersion"] == "1.5",
        "not a bill of materials in CycloneDX 1.5"
    );
    let files = sbom::files(&bill);
    ensure!(!files.is_empty(), "names no file that its program is in");
    for (name, digest) in files {
        let other = found.get(name).is_none_or(|found| found != digest);
        ensure!(!other, "another {name} is there than the one it is for");
    }
    let serial = bill
        .as_object_mut()
        .and_then(|bill| bill.remove("serialNumber"));
    let wanted = Value::from(sbom::serial_number(&bill));
    ensure!(
        serial == Some(wanted),
        "its serial number is not that of its content"
    );
    Ok(())
}

/// Everything but itself and what is written after it is what the provenance is about.
fn check_provenance(bytes: &[u8], own: &str, found: &BTreeMap<String, String>) -> Result<()> {
    let statement = Statement::parse(bytes)?;
    let subjects: BTreeMap<&str, &str> = statement
        .subject
        .iter()
        .filter_map(|subject| {
            let digest = subject.digest.get("sha256")?;
            Some((subject.name.as_deref()?, digest.as_str()))
        })
        .collect();
    for (name, digest) in found.iter().filter(|(name, _)| *name != own) {
        let said = subjects.get(name.as_str());
        ensure!(said.is_some(), "does not name {name}");
        ensure!(said == Some(&digest.as_str()), "is about another {name}");
    }
    for name in subjects.keys() {
        ensure!(
            found.contains_key(*name),
            "names {name}, which is not there"
        );
    }
    Ok(())
}
