//! The check: who links what.

use std::collections::BTreeMap;
use std::fmt;

use crate::action_graph::{Action, ActionGraph};

/// The repository that Bazel makes of the host's C compiler; part of every path in it.
const HOST_CC: &str = "local_config_cc";

/// What was found: how often each linker links for each target triple, and what should not be.
pub struct Report {
    links: BTreeMap<(String, String), usize>,
    musl_actions: usize,
    faults: Vec<String>,
}

impl Report {
    /// Whether all is as it should be.
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "{} actions compile for musl; who links what:",
            self.musl_actions
        )?;
        for ((target, linker), count) in &self.links {
            writeln!(formatter, "{count:5}  {target:34}  {linker}")?;
        }
        self.faults
            .iter()
            .try_for_each(|fault| writeln!(formatter, "error: {fault}"))
    }
}

/// Checks every action of the graph.
pub fn check(graph: &ActionGraph) -> Report {
    let mut report = Report {
        links: BTreeMap::new(),
        musl_actions: 0,
        faults: Vec::new(),
    };
    for action in &graph.actions {
        let Some(target) = value(action, "--target=") else {
            continue;
        };
        let linker = value(action, "--codegen=linker=");
        let is_musl = target.contains("-musl");
        if let Some(linker) = linker {
            *report
                .links
                .entry((target.to_owned(), linker.to_owned()))
                .or_default() += 1;
        }
        if is_musl {
            report.musl_actions += 1;
            report.faults.extend(faults(graph, action, linker));
        }
    }
    // A query that matched nothing would prove nothing.
    if !report
        .links
        .keys()
        .any(|(target, _)| target.contains("-musl"))
    {
        report
            .faults
            .push("no action links a musl binary; the query matched the wrong actions".to_owned());
    }
    report
}

fn faults(graph: &ActionGraph, action: &Action, linker: Option<&str>) -> Vec<String> {
    let label = graph.label(action);
    let name = linker.map(|path| path.rsplit('/').next().unwrap_or(path));
    let linked = name
        .filter(|name| !matches!(*name, "ld.lld" | "rust-lld"))
        .map(|name| format!("{label}: linked by {name}, not by lld"));
    let unnamed = (linker.is_none() && value(action, "--crate-type=") == Some("bin"))
        .then(|| format!("{label}: linked by rustc's default, which is the host's cc"));
    let input = graph
        .inputs_with(action, HOST_CC)
        .into_iter()
        .next()
        .map(|path| format!("{label}: has the host's C toolchain among its inputs: {path}"));
    linked.into_iter().chain(unnamed).chain(input).collect()
}

fn value<'a>(action: &'a Action, option: &str) -> Option<&'a str> {
    action
        .arguments
        .iter()
        .rev()
        .find_map(|argument| argument.trim_matches('\'').strip_prefix(option))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A graph of one binary, linked by `linker` for `target`, with one input file.
    fn report(target: &str, linker: &str, input: &str) -> Report {
        let json = format!(
            r#"{{
            "targets": [{{"id": 1, "label": "//a:b"}}],
            "pathFragments": [{{"id": 1, "label": "external"}}, {{"id": 2, "label": "{input}", "parentId": 1}}],
            "artifacts": [{{"id": 1, "pathFragmentId": 2}}],
            "depSetOfFiles": [{{"id": 1, "directArtifactIds": [1]}}, {{"id": 2, "transitiveDepSetIds": [1]}}],
            "actions": [{{"targetId": 1, "inputDepSetIds": [2], "arguments": ["--crate-type=bin", "--target={target}"{linker}]}}]
            }}"#
        );
        check(&serde_json::from_str(&json).expect("the test's own JSON"))
    }

    const MUSL: &str = "aarch64-unknown-linux-musl";
    const LLD: &str = r#", "--codegen=linker=/usr/bin/ld.lld""#;

    #[test]
    fn lld_alone_holds() {
        assert!(report(MUSL, LLD, "std").holds());
        assert!(report(MUSL, r#", "--codegen=linker=x/rust-lld""#, "std").holds());
    }

    #[test]
    fn another_linker_is_a_fault() {
        let report = report(MUSL, r#", "--codegen=linker=/usr/bin/gcc""#, "std");
        assert_eq!(report.faults, ["//a:b: linked by gcc, not by lld"]);
    }

    #[test]
    fn rustcs_default_linker_is_a_fault() {
        assert!(report(MUSL, "", "std").faults[0].contains("rustc's default"));
    }

    #[test]
    fn the_hosts_c_toolchain_as_an_input_is_a_fault() {
        let report = report(MUSL, LLD, "rules_cc~~cc_configure~local_config_cc");
        assert_eq!(
            report.faults,
            [
                "//a:b: has the host's C toolchain among its inputs: external/rules_cc~~cc_configure~local_config_cc"
            ]
        );
    }

    #[test]
    fn the_host_may_use_its_cc_but_something_must_be_for_musl() {
        let report = report(
            "x86_64-unknown-linux-gnu",
            r#", "--codegen=linker=/usr/bin/gcc""#,
            "local_config_cc",
        );
        assert_eq!(
            report.faults,
            ["no action links a musl binary; the query matched the wrong actions"]
        );
    }

    #[test]
    fn a_loop_of_path_fragments_ends() {
        let json = r#"{"pathFragments": [{"id": 1, "label": "a", "parentId": 1}], "artifacts": [{"id": 1, "pathFragmentId": 1}],
                       "depSetOfFiles": [{"id": 1, "directArtifactIds": [1], "transitiveDepSetIds": [1]}],
                       "actions": [{"inputDepSetIds": [1], "arguments": ["--target=x-musl"]}]}"#;
        assert!(!check(&serde_json::from_str(json).expect("the test's own JSON")).holds());
    }
}
