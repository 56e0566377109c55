//! Bazel against Bazel.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

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
        if cached.hits > 0 {
            faults.push(format!(
                "build {} took {} of {} actions from a cache",
                index + 1,
                cached.hits,
                cached.total
            ));
        }
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
        )?,
    };
    eprintln!("build {} took {:.0} s", index + 1, made.seconds);
    Ok((made, Count::of(&build.spawns, |_| true)))
}

/// Copies what is there of the artifacts that there can be.
fn collect(from: &Path, to: &Path) -> Result<BTreeMap<String, std::path::PathBuf>, String> {
    let stage0 = Target::ALL.map(|target| format!("stage0/{}", target.asset_name()));
    let mut files = BTreeMap::new();
    for path in stage0.iter().map(String::as_str).chain(["fastboop"]) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (source, copy) = (from.join(path), to.join(name));
        if !source.exists() {
            continue;
        }
        let copied = fs::copy(&source, &copy);
        copied.map_err(|error| format!("{}: {error}", source.display()))?;
        files.insert(name.to_owned(), copy);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_made_is_copied() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("bin"), directory.path().join("to"));
        fs::create_dir_all(from.join("stage0")).unwrap();
        fs::create_dir(&to).unwrap();
        let name = Target::Aarch64.asset_name();
        fs::write(from.join("stage0").join(&name), b"1").unwrap();
        fs::write(from.join("unknown"), b"2").unwrap();
        let files = collect(&from, &to).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), [&name]);
        assert_eq!(fs::read(&files[&name]).unwrap(), b"1");
    }
}
