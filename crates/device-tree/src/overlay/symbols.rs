//! The labels of a tree after an overlay was merged.

use std::collections::BTreeMap;

use super::{OVERLAY, SYMBOLS};
use crate::{DeviceTree, Error};

impl DeviceTree {
    /// Adds the labels of an overlay, with the paths that their nodes have in this tree now.
    pub(super) fn add_symbols(&mut self, overlay: &DeviceTree) -> Result<(), Error> {
        let Some(symbols) = overlay.root.child(SYMBOLS) else {
            return Ok(());
        };
        let mut targets = BTreeMap::new();
        let mut paths = Vec::new();
        for property in &symbols.properties {
            let label = &property.name;
            let path = symbols.read_string(label);
            let path = path
                .filter(|path| path.starts_with('/'))
                .ok_or_else(|| Error::overlay(format!("/{SYMBOLS}/{label}: expected a path")))?;
            let Some((name, relative)) = split_path(path) else {
                continue;
            };
            if !targets.contains_key(name) {
                targets.insert(name, self.target_path(overlay, label, name)?);
            }
            let target = targets.get(name).map_or("", String::as_str);
            let separator = if target == "/" { "" } else { "/" };
            paths.push((label, format!("{target}{separator}{relative}\0")));
        }
        if let Some(base) = self.root.insert_child(SYMBOLS) {
            for (label, path) in paths {
                base.insert_property(label, path.into_bytes());
            }
        }
        Ok(())
    }

    /// Returns the path of the target of the fragment `name`, in which the node with the label is.
    fn target_path(&self, overlay: &DeviceTree, label: &str, name: &str) -> Result<String, Error> {
        let fragment = overlay.root.child(name);
        let fragment = fragment.filter(|node| node.child(OVERLAY).is_some());
        let fragment = fragment.ok_or_else(|| {
            Error::overlay(format!("/{SYMBOLS}/{label}: no fragment /{name}/{OVERLAY}"))
        })?;
        let target = self.find_target(fragment)?;
        Ok(match fragment.read_string("target-path") {
            Some(path) if fragment.property("target").is_none() => path.to_owned(),
            _ => self.path_text(&target),
        })
    }
}

/// Splits `/<fragment>/__overlay__/<path>`; `None` for the path of a node that is not merged. libfdt
/// ends the path of the target itself with a slash; so `path` is empty then.
fn split_path(path: &str) -> Option<(&str, &str)> {
    let (fragment, rest) = path.strip_prefix('/')?.split_once('/')?;
    let path = rest.strip_prefix(OVERLAY)?;
    let relative = path.strip_prefix('/');
    relative
        .or(path.is_empty().then_some(""))
        .map(|path| (fragment, path))
}
