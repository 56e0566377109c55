//! The order in which a directory lists its entries. The file system determines it, so the check verifies that it differed.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// A directory with many entries, relative to the checkout.
const DIRECTORY: &str = "crates";

/// The names of the entries of `DIRECTORY`, in the order in which the file system lists them.
#[derive(Debug, PartialEq, Eq)]
pub struct DirectoryOrder(Vec<String>);

impl DirectoryOrder {
    pub fn read(checkout: &Path) -> anyhow::Result<Self> {
        let path = checkout.join(DIRECTORY);
        let entries = fs::read_dir(&path).with_context(|| path.display().to_string())?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        Ok(DirectoryOrder(names.collect::<anyhow::Result<_>>()?))
    }

    /// Returns an error if the order was the same in all builds.
    pub fn check(orders: &[DirectoryOrder]) -> Option<String> {
        let same = orders.windows(2).all(|pair| pair[0] == pair[1]);
        same.then(|| format!("{DIRECTORY}/: same order in all builds"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_the_same_order_in_each_build() {
        let order =
            |names: &[&str]| DirectoryOrder(names.iter().map(ToString::to_string).collect());
        let check =
            |other| DirectoryOrder::check(&[order(&["a", "b"]), order(other)]).unwrap_or_default();
        assert_eq!(check(&["b", "a"]), "");
        assert!(check(&["a", "b"]).contains("same order"));
    }
}
