//! Bazel against Bazel.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bazel_logs::comparison::Count;
use clean_build::Place;
use stage0_artifact::Target;

use crate::comparison::Comparison;
use crate::made::Made;
use crate::order::Order;
use crate::setting::Setting;

/// What stage0 is released for.
pub const STAGE0: [Target; 3] = [Target::Aarch64, Target::Armv7, Target::X86_64];

/// What the program is released for.
const PROGRAMS: [Target; 2] = [Target::Aarch64, Target::X86_64];

/// Builds in each place.
pub fn run(setting: &Setting, targets: &[String]) -> Result<Comparison, String> {
    let mut builds = Vec::new();
    let mut faults = Vec::new();
    let mut orders = Vec::new();
    for index in 0..setting.builds {
        let place = setting.place(index)?;
        orders.push(Order::of(&place.checkout())?);
        let (made, cached) = build(setting, &place, index, targets)?;
        place.discard().map_err(|error| error.to_string())?;
        faults.extend(cache_fault(index, cached));
        builds.push(made);
    }
    faults.extend(Order::fault(&orders));
    Comparison::new(builds, faults)
}

fn build(
    setting: &Setting,
    place: &Place,
    index: usize,
    targets: &[String],
) -> Result<(Made, Count), String> {
    // Reads no cache, whatever is configured somewhere.
    let mut arguments = vec!["--config=release"];
    arguments.extend(targets.iter().map(String::as_str));
    let build = place.build_well("build", &arguments);
    let build = build.map_err(|error| error.to_string())?;
    let made = Made {
        how: setting.how(place),
        seconds: build.metrics.wall_time.as_secs_f64(),
        files: collect(
            &place.checkout().join("bazel-bin"),
            &setting.artifacts(index)?,
            targets,
        )?,
    };
    eprintln!("build {} took {:.0} s", index + 1, made.seconds);
    Ok((made, Count::of(&build.spawns, |_| true)))
}

/// What is wrong where a build was none.
fn cache_fault(index: usize, Count { hits, total }: Count) -> Option<String> {
    let build = index + 1;
    match (hits, total) {
        (_, 0) => Some(format!("build {build} ran no action")),
        (0, _) => None,
        _ => Some(format!(
            "build {build} took {hits} of {total} actions from a cache"
        )),
    }
}

/// All that is released: stage0 for every target, and the program for every host.
pub fn released() -> Vec<String> {
    let stage0 = STAGE0.map(|target| format!("//stage0:{}", target.asset_name()));
    let programs = PROGRAMS.map(|target| format!("//:fastboop-{}", target.triple()));
    stage0.into_iter().chain(programs).collect()
}

/// Copies the file of each target's name.
fn collect(
    from: &Path,
    to: &Path,
    targets: &[String],
) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut files = BTreeMap::new();
    for target in targets {
        let path = target.trim_start_matches("//").replace(':', "/");
        let source = from.join(path.trim_start_matches('/'));
        let name = source.file_name().unwrap_or_default();
        let copied = fs::copy(&source, to.join(name));
        copied.map_err(|error| format!("{target}: {}: {error}", source.display()))?;
        files.insert(name.to_string_lossy().into_owned(), to.join(name));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_that_reads_a_cache_or_runs_nothing_is_a_fault() {
        let fault = |hits, total| cache_fault(0, Count { hits, total });
        assert_eq!(fault(0, 5), None);
        assert_eq!(
            fault(1, 5).unwrap(),
            "build 1 took 1 of 5 actions from a cache"
        );
        assert_eq!(fault(0, 0).unwrap(), "build 1 ran no action");
    }

    #[test]
    fn what_a_build_made_is_copied() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("bin"), directory.path().join("to"));
        fs::create_dir_all(from.join("stage0")).unwrap();
        fs::create_dir(&to).unwrap();
        let name = Target::Aarch64.asset_name();
        fs::write(from.join("stage0").join(&name), b"1").unwrap();
        fs::write(from.join("program"), b"2").unwrap();
        fs::write(from.join("unknown"), b"3").unwrap();
        let copied = |targets: &[&str]| {
            let targets: Vec<_> = targets.iter().map(ToString::to_string).collect();
            let files = collect(&from, &to, &targets)?;
            let content = |(name, path)| (name, fs::read_to_string(path).unwrap());
            Ok::<_, String>(files.into_iter().map(content).collect::<Vec<_>>())
        };
        assert_eq!(
            copied(&[&format!("//stage0:{name}"), "//:program"]).unwrap(),
            [
                (name, "1".to_owned()),
                ("program".to_owned(), "2".to_owned())
            ]
        );
        let message = copied(&["//:program", "//:absent"]).unwrap_err();
        assert!(message.starts_with("//:absent: "), "{message}");
    }
}
