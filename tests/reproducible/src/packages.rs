//! The Debian packages that differ between two roots, as Debian's archive changes over time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// dpkg's list of installed packages.
const STATUS: &str = "var/lib/dpkg/status";

/// Returns one line per package whose version in the layer `after` differs from that in `before`.
pub fn changes(before: &Path, after: &Path) -> anyhow::Result<Vec<String>> {
    let (before, after) = (read_versions(before)?, read_versions(after)?);
    let changed = after
        .iter()
        .filter(|(name, version)| before.get(*name) != Some(version));
    let line = |(name, version): (&String, &String)| {
        let before = before.get(name).map_or("not installed", String::as_str);
        format!("Debian package changed: {name} {before} → {version}")
    };
    Ok(changed.map(line).collect())
}

/// Reads the versions of the packages in a layer.
fn read_versions(layer: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let path = layer.join(STATUS);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let field = |paragraph: &str, name: &str| {
        let line = paragraph.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim().to_owned())
    };
    let package = |text| Some((field(text, "Package:")?, field(text, "Version:")?));
    Ok(text.split("\n\n").filter_map(package).collect())
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
    fn reports_new_versions_and_packages() {
        let before = layer(&[("gcc", "1"), ("rustc", "1.97")]);
        let after = layer(&[("gcc", "1"), ("llvm", "2"), ("rustc", "1.98")]);
        let [llvm, rustc] = &changes(before.path(), after.path()).unwrap()[..] else {
            panic!("two packages changed");
        };
        assert!(llvm.ends_with("llvm not installed → 2"), "{llvm}");
        assert!(rustc.ends_with("rustc 1.97 → 1.98"), "{rustc}");
    }

    #[test]
    fn names_a_layer_without_packages() {
        let empty = tempfile::tempdir().unwrap();
        let error = changes(empty.path(), empty.path()).unwrap_err();
        assert!(error.to_string().ends_with(STATUS), "{error}");
    }
}
