//! Compares two execution logs of the same build: which actions of the second did not come from the cache, and why.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use crate::execution::{LoggedFile, Name, Property, Spawn};

/// A part of an action's cache key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// An input file.
    Input,
    /// An environment variable.
    Environment,
    /// A command-line argument.
    Argument,
    /// A property of the execution platform.
    Platform,
    /// The path of an output.
    Output,
}

/// One difference between the same action of two builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The part of the key that differs.
    pub field: Field,
    /// The path, variable or property; for an argument its index, from 0.
    pub name: String,
    /// The value in the first build, for files the digest of the content; `None` if it is absent.
    pub first: Option<String>,
    /// The value in the second build, likewise.
    pub second: Option<String>,
}

/// Why an action was not taken from the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The first build had no action with the same output.
    NotInFirst,
    /// The keys are equal: the cache has lost the entry, or did not respond.
    NotInCache,
    /// The keys differ.
    Differs(Vec<Difference>),
    /// The keys differ only by outputs of these rebuilt actions.
    Follows(Vec<Name>),
}

/// An action that was not taken from the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The action that ran.
    pub action: Name,
    /// Why it did not come from the cache.
    pub cause: Cause,
}

/// The number of actions that came from the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// The number of actions from the cache.
    pub hits: usize,
    /// The number of cacheable actions.
    pub total: usize,
}

impl Count {
    /// Counts the cacheable actions for which `is_counted` is true.
    pub fn from_spawns(spawns: &[Spawn], is_counted: impl Fn(&Spawn) -> bool) -> Self {
        let cacheable = spawns
            .iter()
            .filter(|spawn| spawn.remote_cacheable && is_counted(spawn));
        cacheable.fold(Count::default(), |count, spawn| Count {
            hits: count.hits + usize::from(spawn.cache_hit),
            total: count.total + 1,
        })
    }
}

/// The actions of `second` that were not taken from the cache, those that explain others first.
pub fn misses(first: &[Spawn], second: &[Spawn]) -> Vec<Miss> {
    let before = first
        .iter()
        .map(|spawn| (spawn.name().output, spawn))
        .collect::<HashMap<_, _>>();
    let missed = second
        .iter()
        .filter(|spawn| spawn.remote_cacheable && !spawn.cache_hit);
    let writers = missed
        .clone()
        .flat_map(|spawn| {
            let outputs = spawn.listed_outputs.iter();
            outputs.map(move |output| (output.as_str(), spawn))
        })
        .collect::<HashMap<_, _>>();
    let mut misses = missed
        .map(|spawn| Miss {
            action: spawn.name(),
            cause: cause(before.get(&spawn.name().output).copied(), spawn, &writers),
        })
        .collect::<Vec<_>>();
    misses.sort_by_key(|miss| {
        let follows = matches!(miss.cause, Cause::Follows(_));
        (follows, miss.action.clone())
    });
    misses
}

fn cause(first: Option<&Spawn>, second: &Spawn, writers: &HashMap<&str, &Spawn>) -> Cause {
    let Some(first) = first else {
        return Cause::NotInFirst;
    };
    let differences = differences(first, second);
    if differences.is_empty() {
        return Cause::NotInCache;
    }
    let (inherited, own): (Vec<_>, Vec<_>) = differences
        .into_iter()
        .partition(|difference| writer(difference, writers).is_some());
    if !own.is_empty() {
        return Cause::Differs(own);
    }
    let names = inherited
        .iter()
        .filter_map(|difference| writer(difference, writers))
        .map(Spawn::name)
        .collect::<BTreeSet<_>>();
    Cause::Follows(names.into_iter().collect())
}

/// The missed action that wrote the input which differs. A directory that an action wrote is logged file by file.
fn writer<'a>(difference: &Difference, writers: &HashMap<&str, &'a Spawn>) -> Option<&'a Spawn> {
    if difference.field != Field::Input {
        return None;
    }
    let ancestors = std::path::Path::new(&difference.name).ancestors();
    ancestors
        .filter_map(|path| path.to_str())
        .find_map(|path| writers.get(path).copied())
}

/// All differences between the same action of two builds.
pub fn differences(first: &Spawn, second: &Spawn) -> Vec<Difference> {
    [
        compare(Field::Argument, arguments(first), arguments(second)),
        compare(
            Field::Environment,
            properties(&first.environment),
            properties(&second.environment),
        ),
        compare(
            Field::Platform,
            properties(&first.platform.properties),
            properties(&second.platform.properties),
        ),
        compare(Field::Input, files(&first.inputs), files(&second.inputs)),
        compare(Field::Output, outputs(first), outputs(second)),
    ]
    .concat()
}

/// The values of a field, by name.
type Values = BTreeMap<String, String>;

fn arguments(spawn: &Spawn) -> Values {
    // Leading zeros sort the names by position.
    let arguments = spawn.arguments.iter().enumerate();
    arguments
        .map(|(position, argument)| (format!("{position:04}"), argument.clone()))
        .collect()
}

fn properties(list: &[Property]) -> Values {
    list.iter()
        .map(|property| (property.name.clone(), property.value.clone()))
        .collect()
}

fn files(list: &[LoggedFile]) -> Values {
    let content = |file: &LoggedFile| match file.symlink_target_path.as_str() {
        "" => file.digest.hash.clone(),
        target => format!("-> {target}"),
    };
    list.iter()
        .map(|file| (file.path.clone(), content(file)))
        .collect()
}

fn outputs(spawn: &Spawn) -> Values {
    let paths = spawn.listed_outputs.iter();
    paths.map(|path| (path.clone(), String::new())).collect()
}

fn compare(field: Field, first: Values, second: Values) -> Vec<Difference> {
    let names = first.keys().chain(second.keys()).collect::<BTreeSet<_>>();
    names
        .into_iter()
        .filter(|name| first.get(*name) != second.get(*name))
        .map(|name| Difference {
            field,
            name: name.clone(),
            first: first.get(name).cloned(),
            second: second.get(name).cloned(),
        })
        .collect()
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.hits, self.total)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Field::Input => "input",
            Field::Environment => "environment variable",
            Field::Argument => "argument",
            Field::Platform => "platform property",
            Field::Output => "output",
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| match value {
            Some(value) => format!("{value:?}"),
            None => "nothing".to_owned(),
        };
        let (first, second) = (shown(&self.first), shown(&self.second));
        write!(f, "{} {}: {first}, then {second}", self.field, self.name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.mnemonic, self.label)
    }
}

#[cfg(test)]
mod tests;
