//! Which Debian packages changed between two roots: the archive moves.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where dpkg says what is installed.
const STATUS: &str = "var/lib/dpkg/status";

/// A line for each package that has another version in the last layer than in the first.
pub fn changed(layers: &[PathBuf]) -> Result<Vec<String>, String> {
    let (Some(first), Some(last)) = (layers.first(), layers.last()) else {
        return Ok(Vec::new());
    };
    let (before, after) = (read(first)?, read(last)?);
    let changed = after
        .iter()
        .filter(|(name, version)| before.get(*name) != Some(version));
    let line = |(name, version): (&String, &String)| {
        let before = before.get(name).map_or("not installed", String::as_str);
        format!("Debian's archive has moved: {name} {before} → {version}")
    };
    Ok(changed.map(line).collect())
}

fn read(layer: &Path) -> Result<BTreeMap<String, String>, String> {
    let path = layer.join(STATUS);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let field = |paragraph: &str, name: &str| {
        let line = paragraph.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim().to_owned())
    };
    let packages = text.split("\n\n");
    let package = |text| Some((field(text, "Package:")?, field(text, "Version:")?));
    Ok(packages.filter_map(package).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(versions: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let status = directory.path().join(STATUS);
        fs::create_dir_all(status.parent().unwrap()).unwrap();
        let paragraph =
            |(name, version)| format!("Package: {name}\nStatus: x\nVersion: {version}\n");
        let text = versions.iter().copied().map(paragraph).collect::<Vec<_>>();
        fs::write(status, text.join("\n")).unwrap();
        directory
    }

    #[test]
    fn a_new_version_and_a_new_package_are_told() {
        let before = layer(&[("gcc", "1"), ("rustc", "1.97")]);
        let after = layer(&[("gcc", "1"), ("llvm", "2"), ("rustc", "1.98")]);
        let paths = [before.path().to_owned(), after.path().to_owned()];
        let [llvm, rustc] = &changed(&paths).unwrap()[..] else {
            panic!("two packages changed");
        };
        assert!(llvm.ends_with("llvm not installed → 2"), "{llvm}");
        assert!(rustc.ends_with("rustc 1.97 → 1.98"), "{rustc}");
    }

    #[test]
    fn a_layer_without_packages_is_named() {
        let empty = tempfile::tempdir().unwrap();
        let paths = vec![empty.path().to_owned(); 2];
        assert!(changed(&paths).unwrap_err().contains(STATUS));
    }
}
