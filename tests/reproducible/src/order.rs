//! The order in which a directory lists its files: a variation that has to be verified, as the file system decides.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// A directory with many entries.
const DIRECTORY: &str = "crates";

/// The names in that directory of a checkout, as the file system lists them.
#[derive(Debug, PartialEq, Eq)]
pub struct Order(Vec<String>);

impl Order {
    pub fn read(checkout: &Path) -> anyhow::Result<Self> {
        let path = checkout.join(DIRECTORY);
        let entries = fs::read_dir(&path).with_context(|| path.display().to_string())?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        Ok(Order(names.collect::<anyhow::Result<_>>()?))
    }

    /// The error if all builds saw the same order.
    pub fn check(orders: &[Order]) -> Option<String> {
        let same = orders.windows(2).all(|pair| pair[0] == pair[1]);
        same.then(|| format!("each build saw {DIRECTORY}/ in the same order"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_the_same_order_in_each_build() {
        let order = |names: &[&str]| Order(names.iter().map(ToString::to_string).collect());
        let check = |other| Order::check(&[order(&["a", "b"]), order(other)]).unwrap_or_default();
        assert_eq!(check(&["b", "a"]), "");
        assert!(check(&["a", "b"]).contains("same order"));
    }
}
