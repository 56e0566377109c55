//! What is in the programs and archives.

use std::path::Path;

use fastboop_files::file;
use memchr::memmem;
use stage0_artifact::Target;
use stage0_artifact::checks::{self, Outcome, Wanted};

use crate::assets::{self, HOSTS};
use crate::version::Version;
use crate::{archive, digests};

use super::Release;

/// Everything that is wrong with stage0 and with what carries it.
pub fn problems(release: &Release) -> Vec<String> {
    let stage0 = Target::ALL
        .into_iter()
        .filter(|target| release.names.contains(&target.asset_name()))
        .flat_map(|target| {
            let path = release.path(&target.asset_name());
            in_stage0(&path, target, &release.version)
        });
    let hosts = HOSTS
        .into_iter()
        .map(|host| assets::host_archive(&release.version, host))
        .filter(|name| release.names.contains(name))
        .filter_map(|name| in_host_archive(release, &name));
    stage0.chain(hosts).collect()
}

/// What is wrong with a stage0, by all checks of stage0-preflight that need no more than the file's bytes.
pub fn in_stage0(path: &Path, target: Target, version: &Version) -> Vec<String> {
    let bytes = match file::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return vec![error.to_string()],
    };
    let wanted = Wanted {
        version: Some(version.to_string()),
        ..Wanted::default()
    };
    checks::run(&bytes, target, &wanted)
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

/// The program in the archive `name` has to carry the stage0 that is released with it: what counts
/// is the finished program, not how it was built.
fn in_host_archive(release: &Release, name: &str) -> Option<String> {
    let path = release.path(name);
    let wrong = |text: &str| Some(format!("{}: {text}", path.display()));
    let stage0 = file::read(&release.path(&Target::DEFAULT.asset_name())).ok()?;
    let unpacked = digests::read(&path).and_then(|bytes| archive::unpack(&bytes));
    let entries = match unpacked {
        Ok(entries) => entries,
        Err(error) => return wrong(&format!("{error:#}; make the release again")),
    };
    let program = entries
        .iter()
        .find(|entry| entry.path.ends_with("/fastboop") && entry.executable);
    match program {
        None => wrong("holds no program fastboop; make the release again"),
        Some(program) if memmem::find(&program.bytes, &stage0).is_none() => wrong(&format!(
            "its fastboop does not carry {}; build both from the same sources",
            Target::DEFAULT.asset_name()
        )),
        Some(_) => None,
    }
}
