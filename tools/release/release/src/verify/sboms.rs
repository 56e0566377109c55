//! Verifies that each SBOM describes the files of this release.

use anyhow::{Result, ensure};
use fastboop_files::{FileName, Sums};

use super::release::Release;
use crate::{digests, sbom};

/// The programs that have an SBOM.
const PROGRAMS: [&str; 2] = ["fastboop", "fastboop-stage0"];

/// Finds every problem with the SBOMs that are present; missing files are reported by `names`.
pub fn find_problems(release: &Release) -> Vec<String> {
    let Ok(digests) = &release.digests else {
        return Vec::new();
    };
    let names = PROGRAMS.map(|program| sbom::name(program, &release.version));
    let names = names
        .into_iter()
        .filter(|name| release.names.contains(name));
    let problem = |name: String| {
        let bytes = digests::read(&release.path(&name));
        let error = bytes.and_then(|bytes| check(&bytes, digests)).err()?;
        Some(release.problem(&name, &format!("{error:#}; assemble the release again")))
    };
    names.filter_map(problem).collect()
}

fn check(sbom: &[u8], digests: &Sums) -> Result<()> {
    for (name, expected) in sbom::parse(sbom)? {
        let found = digests.get(&FileName::new(name.as_str())?);
        let is_same = found.is_some_and(|found| found.to_string() == expected);
        ensure!(
            is_same,
            "describes another {name} than that of this release"
        );
    }
    Ok(())
}
