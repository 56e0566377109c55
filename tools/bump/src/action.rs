//! `bump action`: the commit of a GitHub Action.

use std::collections::BTreeMap;

use pins::actions::{self, DIRECTORY};
use pins::{Error, Tree, is_hex, splice};

use crate::change::{Change, check};

/// What can be said to `bump action`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// OWNER/NAME, such as actions/checkout
    name: String,
    /// The release that the commit is, such as v4.2.2; it goes into a comment
    tag: String,
    /// The commit, as 40 hex digits
    commit: String,
}

/// Moves every use of the action, those of paths below it too.
pub fn run(tree: &mut Tree, given: &Arguments) -> Result<Vec<Change>, Error> {
    if !is_hex(&given.commit, 40) {
        let cause = format!(
            "{}: {:?} is not a commit, which is 40 lower-case hex digits; a tag can be moved, so it pins nothing",
            given.name, given.commit
        );
        return Err(Error::new(DIRECTORY, cause));
    }
    let below = format!("{}/", given.name);
    let uses = actions::read(tree)?
        .into_iter()
        .filter(|action| action.name == given.name || action.name.starts_with(&below));
    let mut edits: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut changes = Vec::new();
    let new = format!("{} # {}", given.commit, given.tag);
    let mut is_used = false;
    for action in uses {
        is_used = true;
        if check(
            &action.path,
            &action.name,
            (&action.tag, &action.commit),
            (&given.tag, &given.commit),
        )? {
            changes.push(Change {
                path: action.path.clone(),
                pin: action.name,
                old: format!("{} # {}", action.commit, action.tag),
                new: new.clone(),
            });
            edits
                .entry(action.path)
                .or_default()
                .push((action.range, new.clone()));
        }
    }
    if !is_used {
        return Err(Error::new(
            DIRECTORY,
            format!("no workflow uses {}", given.name),
        ));
    }
    for (path, edits) in edits {
        tree.stage(&path, splice(&tree.read(&path)?, edits));
    }
    Ok(changes)
}
