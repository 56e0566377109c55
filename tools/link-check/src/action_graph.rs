//! The part of Bazel's action graph that the check needs.
//!
//! Source of the format: `ActionGraphContainer` in `src/main/protobuf/analysis_v2.proto` of Bazel, as JSON. Proto's JSON leaves out
//! fields that are empty or zero.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

/// What `bazel aquery --output=jsonproto` prints.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub struct ActionGraph {
    /// The actions that matched the query.
    pub actions: Vec<Action>,
    artifacts: Vec<Artifact>,
    dep_set_of_files: Vec<DepSet>,
    path_fragments: Vec<PathFragment>,
    targets: Vec<Target>,
}

/// One action.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Action {
    target_id: u32,
    /// Its command line.
    pub arguments: Vec<String>,
    input_dep_set_ids: Vec<u32>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Artifact {
    id: u32,
    path_fragment_id: u32,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct DepSet {
    id: u32,
    transitive_dep_set_ids: Vec<u32>,
    direct_artifact_ids: Vec<u32>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PathFragment {
    id: u32,
    label: String,
    parent_id: u32,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Target {
    id: u32,
    label: String,
}

impl ActionGraph {
    /// The label of the target that an action belongs to.
    pub fn label(&self, action: &Action) -> &str {
        self.targets
            .iter()
            .find(|target| target.id == action.target_id)
            .map_or("?", |target| &target.label)
    }

    /// The paths of an action's inputs, those that have `part` in one of their components.
    pub fn inputs_with(&self, action: &Action, part: &str) -> Vec<String> {
        let fragments = self
            .path_fragments
            .iter()
            .map(|fragment| (fragment.id, fragment))
            .collect::<HashMap<_, _>>();
        let dep_sets = self
            .dep_set_of_files
            .iter()
            .map(|set| (set.id, set))
            .collect::<HashMap<_, _>>();
        let mut seen = HashSet::new();
        let mut ids = HashSet::<u32>::new();
        let mut todo = action.input_dep_set_ids.clone();
        while let Some(id) = todo.pop() {
            if let Some(set) = dep_sets.get(&id).filter(|_| seen.insert(id)) {
                todo.extend(&set.transitive_dep_set_ids);
                ids.extend(&set.direct_artifact_ids);
            }
        }
        let inputs = self
            .artifacts
            .iter()
            .filter(|artifact| ids.contains(&artifact.id));
        let paths = inputs.map(|artifact| path(&fragments, artifact.path_fragment_id));
        paths.filter(|path| path.contains(part)).collect()
    }
}

fn path(fragments: &HashMap<u32, &PathFragment>, leaf: u32) -> String {
    let mut components = Vec::new();
    let mut next = leaf;
    // A damaged file could have a loop of parents: no path is longer than there are fragments.
    while let Some(fragment) = fragments
        .get(&next)
        .filter(|_| components.len() <= fragments.len())
    {
        components.push(fragment.label.as_str());
        next = fragment.parent_id;
    }
    components.reverse();
    components.join("/")
}
