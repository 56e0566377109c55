use super::*;

/// An action that writes `output`, sees one file and was not taken from a cache.
fn action(output: &str, input: &str, content: &str) -> Spawn {
    let spawn = format!(
        r#"{{"commandArgs": ["rustc", "--edition=2024"], "environmentVariables": [{{"name": "HOME", "value": "/"}}],
             "inputs": [{{"path": "{input}", "digest": {{"hash": "{content}"}}}}], "listedOutputs": ["{output}"],
             "mnemonic": "Rustc", "remoteCacheable": true, "targetLabel": "//{output}"}}"#
    );
    serde_json::from_str(&spawn).unwrap()
}

fn hit(mut spawn: Spawn) -> Spawn {
    spawn.cache_hit = true;
    spawn
}

fn only_cause(first: &[Spawn], second: &[Spawn]) -> Cause {
    let misses = misses(first, second);
    assert_eq!(misses.len(), 1, "{misses:?}");
    misses[0].cause.clone()
}

#[test]
fn counts_hits_and_reports_no_miss_for_them() {
    let first = [action("a", "a.rs", "1")];
    let second = [hit(action("a", "a.rs", "1"))];
    assert_eq!(misses(&first, &second), []);
    let expected = Count { hits: 1, total: 1 };
    assert_eq!(Count::from_spawns(&second, Spawn::is_rust), expected);
    let expected = Count { hits: 0, total: 1 };
    assert_eq!(Count::from_spawns(&first, Spawn::is_rust), expected);
}

#[test]
fn ignores_actions_that_are_not_cacheable() {
    let mut local = action("a", "a.rs", "1");
    local.remote_cacheable = false;
    assert_eq!(
        Count::from_spawns(&[local.clone()], Spawn::is_rust).total,
        0
    );
    assert_eq!(misses(&[], &[local]), []);
}

#[test]
fn names_a_different_input_with_both_digests() {
    let cause = only_cause(&[action("a", "a.rs", "1")], &[action("a", "a.rs", "2")]);
    let Cause::Differs(differences) = cause else {
        panic!("{cause:?}");
    };
    assert_eq!(differences[0].to_string(), r#"input a.rs: "1", then "2""#);
}

#[test]
fn names_different_variables_and_arguments() {
    let first = action("a", "a.rs", "1");
    let mut second = first.clone();
    second.environment[0].value = "/elsewhere".to_owned();
    second.arguments.push("--cfg=new".to_owned());
    let Cause::Differs(differences) = only_cause(&[first], &[second]) else {
        panic!("no differences");
    };
    let lines = differences.iter().map(ToString::to_string);
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            r#"argument 0002: nothing, then "--cfg=new""#,
            r#"environment variable HOME: "/", then "/elsewhere""#,
        ]
    );
}

#[test]
fn reports_an_equal_key_as_not_in_the_cache() {
    let cause = only_cause(&[action("a", "a.rs", "1")], &[action("a", "a.rs", "1")]);
    assert_eq!(cause, Cause::NotInCache);
}

#[test]
fn reports_an_action_that_the_first_build_lacks() {
    assert_eq!(
        only_cause(&[], &[action("a", "a.rs", "1")]),
        Cause::NotInFirst
    );
}

#[test]
fn lists_misses_that_follow_from_others_last() {
    // One action writes the directory `out`, the other reads a file in it.
    let first = [action("a", "out/file", "1"), action("out", "x.rs", "1")];
    let second = [action("a", "out/file", "2"), action("out", "x.rs", "2")];
    let misses = misses(&first, &second);
    assert_eq!(misses[0].action.output, "out");
    assert!(matches!(misses[0].cause, Cause::Differs(_)));
    assert_eq!(misses[1].cause, Cause::Follows(vec![second[1].name()]));
}
