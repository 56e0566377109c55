//! The GitHub Actions that the workflows use.
//!
//! Read line by line, as the tag of a pin is in a comment, which readers of YAML drop: `uses: owner/name@<commit> # <tag>`.

use std::ops::Range;

use crate::{Error, Tree, is_hex};

/// The directory of the workflows and of actions of this repository.
pub const DIRECTORY: &str = ".github";

/// One use of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// `owner/name`, and the path of one below it.
    pub name: String,
    /// 40 hex digits.
    pub commit: String,
    /// Which release that commit is.
    pub tag: String,
    /// The file that uses it.
    pub path: String,
    /// Where commit and tag are in that file, in bytes, with what is between them.
    pub range: Range<usize>,
}

/// All uses, in the order of the files. None where there is no such directory. Fails where one is not pinned by its commit, or does not
/// say which release that is.
pub fn read(tree: &Tree) -> Result<Vec<Action>, Error> {
    let mut actions = Vec::new();
    for path in workflows(tree)? {
        parse(&path, &tree.read(&path)?, &mut actions)?;
    }
    Ok(actions)
}

/// The workflows and the actions of this repository.
pub(crate) fn workflows(tree: &Tree) -> Result<Vec<String>, Error> {
    let mut files = tree.files(DIRECTORY)?;
    files.retain(|path| path.ends_with(".yml") || path.ends_with(".yaml"));
    Ok(files)
}

fn parse(path: &str, text: &str, actions: &mut Vec<Action>) -> Result<(), Error> {
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let from = start;
        start += line.len();
        let bare = line.trim_start().trim_start_matches("- ").trim_start();
        if bare.starts_with('#') {
            continue;
        }
        let place = || format!("{path}:{}", number + 1);
        let Some(used) = bare.strip_prefix("uses:") else {
            // In another shape it would be overlooked.
            if bare.contains("uses:")
                || bare.contains("uses\"")
                || bare.contains("uses'")
                || bare.contains("uses :")
            {
                return Err(Error::new(
                    place(),
                    "`uses:` that is not at the start of its line; write it there, so that its pin is seen",
                ));
            }
            continue;
        };
        let used = used.trim();
        if used.starts_with("./") {
            continue;
        }
        let (name, commit, tag) = split(used).ok_or_else(|| {
            let cause = format!("`uses: {used}` is not pinned; write `uses: owner/name@<commit> # <tag>`, with the commit's 40 hex digits, or move it with `bump action`");
            Error::new(place(), cause)
        })?;
        let at = |word: &str| from + line.find(word).unwrap_or(0);
        actions.push(Action {
            range: at(commit)..from + line.trim_end().len(),
            name: name.to_owned(),
            commit: commit.to_owned(),
            tag: tag.to_owned(),
            path: path.to_owned(),
        });
    }
    Ok(())
}

fn split(used: &str) -> Option<(&str, &str, &str)> {
    let (action, tag) = used.split_once(" #")?;
    let (name, commit) = action.trim().split_once('@')?;
    let tag = tag.trim();
    let is_tag = !tag.is_empty() && !tag.contains(char::is_whitespace);
    (is_hex(commit, 40) && is_tag && name.contains('/')).then_some((name, commit, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn read_text(text: &str) -> Result<Vec<Action>, Error> {
        let mut actions = Vec::new();
        parse("w.yml", text, &mut actions).map(|()| actions)
    }

    #[test]
    fn a_use_is_a_name_a_commit_and_a_tag() {
        let text =
            format!("jobs:\n  - uses: a/b/c@{COMMIT} # v1.2\n  - uses: ./own\n    # uses: d\n");
        let actions = read_text(&text).unwrap();
        assert_eq!(actions.len(), 1);
        assert_eq!(
            (actions[0].name.as_str(), actions[0].tag.as_str()),
            ("a/b/c", "v1.2")
        );
        assert_eq!(text[actions[0].range.clone()], format!("{COMMIT} # v1.2"));
    }

    #[test]
    fn what_no_commit_pins_is_refused_with_its_line() {
        for used in [
            "a/b@v1",
            "a/b",
            &format!("a/b@{COMMIT}"),
            &format!("a/b@{} # v1", &COMMIT[1..]),
            "docker://a:1 # v1",
        ] {
            let message = read_text(&format!("\n - uses: {used}\n"))
                .unwrap_err()
                .to_string();
            assert!(
                message.starts_with("w.yml:2: ") && message.contains("is not pinned"),
                "{message}"
            );
        }
        let message = read_text("- {uses: a/b@v1}").unwrap_err().to_string();
        assert!(message.contains("not at the start"), "{message}");
    }
}
