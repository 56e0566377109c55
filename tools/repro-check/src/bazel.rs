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

/// Copies what the targets made, by name.
fn collect(
    from: &Path,
    to: &Path,
    targets: &[String],
) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut files = BTreeMap::new();
    for target in targets {
        let sources = outputs(from, target);
        if sources.is_empty() {
            let directory = from.display();
            return Err(format!("{target}: made no file of its name in {directory}"));
        }
        for source in sources {
            let name = source.file_name().unwrap_or_default();
            let copied = fs::copy(&source, to.join(name));
            copied.map_err(|error| format!("{}: {error}", source.display()))?;
            files.insert(name.to_string_lossy().into_owned(), to.join(name));
        }
    }
    Ok(files)
}

/// What is there of a target: the file of its name, or all of stage0's assets.
fn outputs(from: &Path, target: &str) -> Vec<PathBuf> {
    let path = target.trim_start_matches("//").replace(':', "/");
    let paths = match target {
        "//:stage0" => {
            Vec::from(Target::ALL.map(|target| format!("stage0/{}", target.asset_name())))
        }
        _ => vec![path.trim_start_matches('/').to_owned()],
    };
    let paths = paths.iter().map(|path| from.join(path));
    paths.filter(|path| path.is_file()).collect()
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
        for target in ["//:stage0", &format!("//stage0:{name}")] {
            let stage0 = (name.clone(), "1".to_owned());
            assert_eq!(copied(&[target]).unwrap(), [stage0]);
        }
        assert_eq!(
            copied(&["//:program"]).unwrap(),
            [("program".to_owned(), "2".to_owned())]
        );
        let message = copied(&["//:program", "//:absent"]).unwrap_err();
        assert!(message.starts_with("//:absent: made no file"), "{message}");
    }
}
