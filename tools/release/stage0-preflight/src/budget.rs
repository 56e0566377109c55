//! The size budget: the maximum size of an artifact, for each target.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow};
use stage0_artifact::Target;

/// The maximum size of an artifact for each target, in bytes.
#[derive(Debug)]
pub struct Budget(BTreeMap<Target, u64>);

impl Budget {
    /// Reads a TOML file of lines `<target> = <bytes>`, one for every target.
    pub fn read(path: &Path) -> anyhow::Result<Budget> {
        let invalid = |reason: &dyn std::fmt::Display| {
            anyhow!(
                "{}: not a valid size budget: {reason}; write `<target> = <bytes>` for every target",
                path.display()
            )
        };
        let text =
            fs::read_to_string(path).with_context(|| format!("{}: cannot read", path.display()))?;
        let sizes: BTreeMap<Target, u64> =
            toml::from_str(&text).map_err(|error| invalid(&error.message()))?;
        // Without an entry, artifacts for that target would have no limit.
        match Target::ALL
            .into_iter()
            .find(|target| !sizes.contains_key(target))
        {
            None => Ok(Budget(sizes)),
            Some(target) => Err(invalid(&format_args!("no entry for {target}"))),
        }
    }

    /// The maximum size of an artifact for `target`, in bytes.
    pub fn limit(&self, target: Target) -> u64 {
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
    fn reads_a_size_for_every_target() {
        let lines: String = (1..)
            .zip(Target::ALL)
            .map(|(size, target)| format!("{target} = {size}\n"))
            .collect();
        let budget = read(&lines).unwrap();
        assert_eq!(Target::ALL.map(|target| budget.limit(target)), [1, 2, 3, 4]);
    }

    #[test]
    fn rejects_invalid_budgets() {
        for (text, words) in [
            ("", "no entry for aarch64-unknown-linux-musl"),
            ("mips = 1", "\"mips\" is not a target"),
            ("x86_64-unknown-linux-musl = -1", "invalid"),
            ("x86_64-unknown-linux-musl = \"1\"", "invalid type"),
            ("x86_64-unknown-linux-musl", "not a valid size budget: "),
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
