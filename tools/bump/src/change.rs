//! What may move, and how it is shown.

use std::cmp::Ordering;

use pins::Error;
use pins::version::compare;

/// One pin that moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub path: String,
    /// What is pinned.
    pub pin: String,
    /// What it was.
    pub old: String,
    /// What it is to be.
    pub new: String,
}

impl Change {
    /// A line each, in columns.
    pub fn table(changes: &[Change]) -> String {
        let width = |column: fn(&Change) -> &str| {
            changes
                .iter()
                .map(|change| column(change).chars().count())
                .max()
                .unwrap_or(0)
        };
        let (path, pin, old) = (width(|c| &c.path), width(|c| &c.pin), width(|c| &c.old));
        let line = |c: &Change| {
            format!(
                "{:path$}  {:pin$}  {:old$} -> {}\n",
                c.path, c.pin, c.old, c.new
            )
        };
        changes.iter().map(line).collect()
    }
}

/// Refuses an older version. Returns whether it is a newer one.
pub fn check_version(place: &str, name: &str, old: &str, new: &str) -> Result<bool, Error> {
    match compare(new, old).map_err(|error| Error::new(place, format!("{name}: {error}")))? {
        Ordering::Greater => Ok(true),
        Ordering::Equal => Ok(false),
        Ordering::Less => Err(Error::new(
            place,
            format!(
                "{name}: {new} is older than {old}, which is pinned; a pin is not moved back. Where the move was wrong, revert its commit"
            ),
        )),
    }
}

/// Refuses an older version, and another digest for the same one. Returns whether anything moves.
pub fn check(place: &str, name: &str, old: (&str, &str), new: (&str, &str)) -> Result<bool, Error> {
    if check_version(place, name, old.0, new.0)? {
        return Ok(true);
    }
    if old.1 != new.1 {
        let cause = format!(
            "{name}: ANOTHER DIGEST FOR THE SAME VERSION {}: {} is pinned, {} was given. What is published under a version does not \
             change: one of them is wrong, or somebody replaced it. Use neither before you know which",
            old.0, old.1, new.1
        );
        return Err(Error::new(place, cause));
    }
    Ok(old.0 != new.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_newer_version_moves() {
        assert_eq!(check("f", "n", ("1.0", "a"), ("1.1", "b")), Ok(true));
        assert_eq!(check("f", "n", ("1.0", "a"), ("1.0", "a")), Ok(false));
        let older = check("f", "n", ("1.10", "a"), ("1.9", "b"))
            .unwrap_err()
            .to_string();
        assert!(older.starts_with("f: n: 1.9 is older than 1.10"), "{older}");
        let other = check("f", "n", ("1.0", "a"), ("v1.0", "b"))
            .unwrap_err()
            .to_string();
        assert!(
            other.contains("ANOTHER DIGEST FOR THE SAME VERSION"),
            "{other}"
        );
        assert!(check("f", "n", ("1.0", "a"), ("latest", "b")).is_err());
    }

    #[test]
    fn a_table_has_columns() {
        let change = |path: &str, old: &str| Change {
            path: path.into(),
            pin: "p".into(),
            old: old.into(),
            new: "2".into(),
        };
        assert_eq!(
            Change::table(&[change("a", "1"), change("bb", "1.1")]),
            "a   p  1   -> 2\nbb  p  1.1 -> 2\n"
        );
    }
}
