//! Which files are there.

use crate::assets::{self, ASSETS, Presence, SIGNATURE};

use super::Release;

/// Every asset that is missing, and every file that is none.
pub fn problems(release: &Release) -> Vec<String> {
    let mut wanted: Vec<(String, bool)> = ASSETS
        .iter()
        .map(|asset| {
            let required = match asset.presence {
                Presence::Required => true,
                Presence::Package => release.plan.packages,
                Presence::Optional => false,
            };
            (asset.pattern(&release.version), required)
        })
        .collect();
    let crates = release.plan.crates.iter();
    wanted.extend(crates.map(|published| (published.file.clone(), true)));
    // Whether it is there is the signature's own check.
    wanted.push((SIGNATURE.to_owned(), false));

    let is_there = |pattern: &str| {
        release
            .names
            .iter()
            .any(|name| assets::matches(pattern, name))
    };
    let missing = wanted
        .iter()
        .filter(|(pattern, required)| *required && !is_there(pattern))
        .map(|(pattern, _)| {
            let path = release.path(pattern);
            format!("{}: missing; make the release again", path.display())
        });
    let is_wanted = |name: &str| {
        wanted
            .iter()
            .any(|(pattern, _)| assets::matches(pattern, name))
    };
    let foreign = release.names.iter().filter(|name| !is_wanted(name));
    let foreign = foreign.map(|name| {
        let path = release.path(name);
        format!(
            "{}: not an asset of a release; move it away",
            path.display()
        )
    });
    missing.chain(foreign).collect()
}
