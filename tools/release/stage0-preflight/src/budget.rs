//! How large an artifact may be.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::anyhow;
use stage0_artifact::Target;

/// A number of bytes for every target.
#[derive(Debug)]
pub struct Budget(BTreeMap<Target, u64>);

impl Budget {
    /// Reads a TOML file of lines `<target> = <bytes>`, one for every target.
    pub fn read(path: &Path) -> anyhow::Result<Budget> {
        let bad = |reason: &dyn std::fmt::Display| {
            anyhow!(
                "{}: not a size budget ({reason}); write `<target> = <bytes>` for every target",
                path.display()
            )
        };
        let text = fs::read_to_string(path).map_err(|error| bad(&error))?;
        let sizes: BTreeMap<Target, u64> =
            toml::from_str(&text).map_err(|error| bad(&error.message()))?;
        // A target that was forgotten would be one without a limit.
        match Target::ALL
            .into_iter()
            .find(|target| !sizes.contains_key(target))
        {
            None => Ok(Budget(sizes)),
            Some(target) => Err(bad(&format_args!("{target} is missing"))),
        }
    }

    /// What an artifact for `target` may have.
    pub fn of(&self, target: Target) -> u64 {
        self.0.get(&target).copied().unwrap_or(0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Budget> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        Budget::read(file.path())
    }

    #[test]
    fn every_target_has_its_number() {
        let lines: String = (1..)
            .zip(Target::ALL)
            .map(|(size, target)| format!("{target} = {size}\n"))
            .collect();
        let budget = read(&lines).unwrap();
        assert_eq!(Target::ALL.map(|target| budget.of(target)), [1, 2, 3, 4]);
    }

    #[test]
    fn anything_else_is_an_error() {
        for (text, words) in [
            ("", "aarch64-unknown-linux-musl is missing"),
            ("mips = 1", "\"mips\" is not a target"),
            ("x86_64-unknown-linux-musl = -1", "invalid"),
            ("x86_64-unknown-linux-musl = \"1\"", "invalid type"),
            ("x86_64-unknown-linux-musl", "not a size budget"),
        ] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.contains(words), "{text:?}: {message}");
        }
        let message = Budget::read(Path::new("/nowhere/budget.toml"))
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("/nowhere/budget.toml: "), "{message}");
    }
}
