//! The order in which a directory lists its files: a variation that has to be seen to be believed.

use std::fs;
use std::path::Path;

/// The names in one directory of a checkout, as the file system lists them.
#[derive(Debug, PartialEq, Eq)]
pub struct Order(Vec<String>);

/// A directory with many names.
const DIRECTORY: &str = "crates";

impl Order {
    /// That of a checkout.
    pub fn of(checkout: &Path) -> Result<Self, String> {
        let path = checkout.join(DIRECTORY);
        let named = |error| format!("{}: {error}", path.display());
        let entries = fs::read_dir(&path).map_err(named)?;
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let names = entries.map(|entry| entry.map(name));
        Ok(Order(names.collect::<Result<_, _>>().map_err(named)?))
    }

    /// What is wrong where no two builds saw another order.
    pub fn fault(orders: &[Order]) -> Option<String> {
        let same = orders.windows(2).all(|pair| pair[0] == pair[1]);
        same.then(|| format!("each build saw {DIRECTORY}/ in the same order"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_order_in_each_build_is_a_fault() {
        let order = |names: &[&str]| Order(names.iter().map(ToString::to_string).collect());
        let (ab, ba) = (order(&["a", "b"]), order(&["b", "a"]));
        assert_eq!(Order::fault(&[order(&["a", "b"]), ba]), None);
        let fault = Order::fault(&[order(&["a", "b"]), ab]).unwrap();
        assert!(fault.contains("same order"), "{fault}");
    }
}
