//! Verifies that `SHA256SUMS` lists exactly the files of the release, sorted, with their digests.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow};
use fastboop_files::{FileName, SUMS_NAME, Sums};

use super::release::Release;
use crate::digests;

/// Finds every problem with the list, and every file that differs from its entry.
pub fn find_problems(release: &Release) -> Vec<String> {
    compare(release).unwrap_or_else(|error| vec![format!("{error:#}")])
}

fn compare(release: &Release) -> Result<Vec<String>> {
    let path = release.path(SUMS_NAME);
    let bytes = digests::read(&path)?;
    let listed = Sums::read(&path)?;
    let found = release
        .digests
        .as_ref()
        .map_err(|error| anyhow!("{error:#}"))?;
    let names = listed.iter().chain(found.iter()).map(|(name, _)| name);
    let names: BTreeSet<&FileName> = names.collect();
    let mut problems: Vec<String> = names
        .into_iter()
        .filter_map(|name| {
            let path = release.directory.join(name);
            let text = match (listed.get(name), found.get(name)) {
                (None, _) => format!("not listed in {SUMS_NAME}; assemble the release again"),
                (_, None) => format!("listed in {SUMS_NAME}, but missing; download it"),
                (Some(listed), Some(found)) if listed != found => {
                    format!("SHA-256 mismatch: expected {listed}, got {found}; download it again")
                }
                _ => return None,
            };
            Some(format!("{}: {text}", path.display()))
        })
        .collect();
    if bytes != listed.to_bytes() {
        let text = "not sorted by name, or not in the format of sha256sum; regenerate it";
        problems.push(release.problem(SUMS_NAME, text));
    }
    Ok(problems)
}
