//! Names of device trees, as users write them.

/// The maximum number of names in a message.
const MAX_NAMES: usize = 5;

/// Whether a device tree is meant by a name without its directory, or by one with a directory that the
/// image leaves out.
pub(super) fn matches(dtb: &str, name: &str) -> bool {
    if name.contains('/') && dtb.contains('/') {
        return dtb == name;
    }
    last(dtb) == last(name)
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Returns the most similar names as words for a message; empty if there are none.
pub(super) fn similar<'a>(names: impl Iterator<Item = &'a str>, name: &str) -> String {
    let wanted = last(name);
    // Further away, names have nothing in common but the words of every name.
    let limit = wanted.len() / 2;
    let with_distance = names.map(|found| (distance(last(found), wanted), found));
    let mut near: Vec<(usize, &str)> = with_distance.filter(|pair| pair.0 <= limit).collect();
    near.sort_unstable();
    if near.is_empty() {
        return String::new();
    }
    format!(
        "; similar names are {}",
        join(near.iter().map(|pair| pair.1))
    )
}

/// Joins the first names.
pub(super) fn join<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.take(MAX_NAMES).collect::<Vec<_>>().join(", ")
}

/// The Levenshtein distance: the number of bytes to insert, remove or replace.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, byte) in one.bytes().enumerate() {
        let mut left = index + 1;
        let mut diagonal = index;
        for (above, other_byte) in row.iter_mut().skip(1).zip(other.bytes()) {
            let replaced = diagonal + usize::from(byte != other_byte);
            diagonal = *above;
            left = replaced.min(left + 1).min(diagonal + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_known_distances() {
        for (one, other, expected) in [
            ("kitten", "sitting", 3),
            ("saturday", "sunday", 3),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn lists_at_most_five_similar_names_the_nearest_first() {
        let names = [
            "q/abcdef", "q/abcdxx", "q/abcde", "q/zzzzzz", "abcdefx", "q/abcdfe", "q/bbcdef",
        ];
        let text = similar(names.into_iter(), "r/abcdef");
        let expected = "; similar names are q/abcdef, abcdefx, q/abcde, q/bbcdef, q/abcdfe";
        assert_eq!(text, expected);
        assert_eq!(similar(names.into_iter(), "unlike"), "");
    }
}
