//! Verifies the contents of stage0 files and archives.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use fastboop_files::file;
use memchr::memmem;
use stage0_artifact::Target;
use stage0_artifact::checks::{self, Outcome, Requirements};

use super::release::Release;
use crate::assets::HOSTS;
use crate::version::Version;
use crate::{archive, digests};

/// Finds every problem with the stage0 files, and with the archives whose program carries one.
pub fn find_problems(release: &Release) -> Vec<String> {
    let mut problems = Vec::new();
    for target in Target::ALL {
        let name = target.asset_name();
        if release.names.contains(&name) {
            problems.extend(find_stage0_problems(
                &release.path(&name),
                target,
                &release.version,
            ));
        }
    }
    let Ok(stage0) = file::read(&release.path(&Target::DEFAULT.asset_name())) else {
        return problems;
    };
    for name in HOSTS.map(|host| host.archive(&release.version)) {
        if release.names.contains(&name) {
            if let Err(error) = check_host_archive(&release.path(&name), &stage0) {
                problems.push(release.problem(&name, &format!("{error:#}")));
            }
        }
    }
    problems
}

/// Finds every problem with a stage0, with the checks of stage0-preflight that need only its bytes.
pub fn find_stage0_problems(path: &Path, target: Target, version: &Version) -> Vec<String> {
    let bytes = match file::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return vec![error.to_string()],
    };
    let requirements = Requirements {
        version: Some(version.to_string()),
        ..Requirements::default()
    };
    checks::run(&bytes, target, &requirements)
        .into_iter()
        .filter(|finding| finding.is_error())
        .filter_map(|finding| match finding.outcome {
            Outcome::Failed(reason) => {
                let check = finding.check.id();
                Some(format!("{}: {check}: {reason}", path.display()))
            }
            _ => None,
        })
        .collect()
}

/// Checks that the program in the archive contains the bytes of `stage0`, however it was built.
fn check_host_archive(path: &Path, stage0: &[u8]) -> Result<()> {
    let entries = archive::unpack(&digests::read(path)?)?;
    let program = entries
        .iter()
        .find(|entry| entry.path.ends_with("/fastboop") && entry.executable)
        .context("contains no program `fastboop`; assemble the release again")?;
    ensure!(
        memmem::find(&program.bytes, stage0).is_some(),
        "its fastboop does not carry {}; build both from the same sources",
        Target::DEFAULT.asset_name()
    );
    Ok(())
}
