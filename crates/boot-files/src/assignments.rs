//! Files of shell assignments, `KEY="value"`: os-release(5) and postmarketOS's deviceinfo.

use std::collections::BTreeMap;

use shlex::Shlex;

/// Returns the values by their keys, the last one of each. Nothing is executed or expanded; what is not an
/// assignment is skipped, and an unclosed quote ends the file.
pub(crate) fn parse(text: &str) -> BTreeMap<String, String> {
    let words = Shlex::new(text);
    let assignments = words.filter_map(|word| {
        let (key, value) = word.split_once('=')?;
        is_key(key).then(|| (key.to_owned(), value.to_owned()))
    });
    assignments.collect()
}

fn is_key(key: &str) -> bool {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    !key.is_empty() && key.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quoted_values_and_skips_the_rest() {
        let text = "# a comment's apostrophe\nA=plain # b\nB=\"two \\\"words\\\"\"\nC='$(reboot)'\n\
                    D=\"over\n two lines\"\nexport E=1\nA=last\n=x\nF-G=1\nrm -rf /\nH=\"unclosed\n";
        let values = parse(text);
        let values: Vec<_> = values
            .iter()
            .map(|(key, value)| (&**key, &**value))
            .collect();
        assert_eq!(
            values,
            [
                ("A", "last"),
                ("B", "two \"words\""),
                ("C", "$(reboot)"),
                ("D", "over\n two lines"),
                ("E", "1"),
            ]
        );
    }
}
