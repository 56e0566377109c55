//! Compares the files of a release with the list of assets.

use super::release::Release;
use crate::assets::{ASSETS, Presence, SIGNATURE, matches};

/// Finds every asset that is missing, and every file that is not an asset.
pub fn find_problems(release: &Release) -> Vec<String> {
    let mut patterns: Vec<(String, bool)> = ASSETS
        .iter()
        .map(|asset| {
            let is_required = match asset.presence {
                Presence::Required => true,
                Presence::Package => release.plan.packages,
                Presence::Optional => false,
            };
            (asset.pattern(&release.version), is_required)
        })
        .collect();
    patterns.extend(release.plan.crate_files().map(|file| (file, true)));
    // Its absence is reported with the signature.
    patterns.push((SIGNATURE.to_owned(), false));

    let mut problems = Vec::new();
    for (pattern, is_required) in &patterns {
        if *is_required && !release.names.iter().any(|name| matches(pattern, name)) {
            problems.push(release.problem(pattern, "missing; assemble the release again"));
        }
    }
    for name in &release.names {
        if !patterns.iter().any(|(pattern, _)| matches(pattern, name)) {
            problems.push(release.problem(name, "not an asset of a release; remove it"));
        }
    }
    problems
}
