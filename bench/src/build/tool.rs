//! What builds, and every case with it.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::case::{Case, Dependency};
use super::cost::{Cost, median};

/// What all checkouts have in common.
#[derive(Debug)]
pub struct Setting {
    /// The repository whose commit is built.
    pub source: PathBuf,
    /// Where the checkouts are.
    pub work: PathBuf,
    /// Names Bazel's cache: a line for user.bazelrc.
    pub cache: String,
}

impl Setting {
    /// Where a tool's checkout of that name is.
    pub fn directory(&self, tool: &str, name: &str) -> PathBuf {
        self.work.join(format!("{tool}-{name}"))
    }
}

/// What there is when a checkout is new.
#[derive(Debug, Clone, Copy)]
pub enum Begin<'a> {
    /// Nothing.
    Cold,
    /// What another one has downloaded ([`Tool::downloads`]), and the cache, for a tool that has one.
    Warm(&'a Path),
}

/// A checkout, and what builds it.
pub trait Tool: Sized {
    /// Its name.
    const NAME: &str;

    /// A new checkout, in a directory of its own.
    fn new(setting: &Setting, name: &str, begin: Begin) -> anyhow::Result<Self>;

    /// Where its downloads are, also after [`Tool::discard`].
    fn downloads(&self) -> PathBuf;

    /// Builds and returns the cost; `name` is that of the log.
    fn build(&self, name: &str) -> anyhow::Result<Cost>;

    /// Makes the edit of a case.
    fn edit(&self, case: Case, dependency: &Dependency) -> anyhow::Result<()>;

    /// Stops what it has started and deletes all but the downloads.
    fn discard(self) -> anyhow::Result<()>;
}

/// What was measured with one tool.
#[derive(Debug, Default)]
pub struct Measured {
    costs: Vec<(Case, Cost)>,
    downloads: PathBuf,
}

impl Measured {
    /// Measures one cold build, and leaves nothing of it but the downloads.
    pub fn cold<T: Tool>(&mut self, setting: &Setting, number: u32) -> anyhow::Result<()> {
        let checkout = T::new(setting, &format!("cold-{number}"), Begin::Cold)?;
        self.downloads = checkout.downloads();
        self.build(Case::Cold, &checkout)?;
        checkout.discard()
    }

    /// Measures all other cases, with the downloads of a cold build.
    pub fn others<T: Tool>(
        &mut self,
        setting: &Setting,
        no_ops: u32,
        dependency: &Dependency,
    ) -> anyhow::Result<()> {
        let downloads = self.downloads.clone();
        let checkout = |name| T::new(setting, name, Begin::Warm(&downloads));
        let edited = checkout("edited")?;
        eprint!(
            "{}: with all downloads, into an empty cache if any: ",
            T::NAME
        );
        eprintln!("{:.2} s", edited.build("begin")?.seconds);
        for _ in 0..no_ops {
            self.build(Case::NoOp, &edited)?;
        }
        for case in Case::EDITS {
            edited.edit(*case, dependency)?;
            self.build(*case, &edited)?;
        }
        edited.discard()?;
        let second = checkout("second")?;
        self.build(Case::SecondCheckout, &second)?;
        second.discard()
    }

    fn build<T: Tool>(&mut self, case: Case, checkout: &T) -> anyhow::Result<()> {
        eprint!("{}: {}: ", T::NAME, case.name());
        let cost = checkout.build(case.name())?;
        eprintln!("{:.2} s", cost.seconds);
        self.costs.push((case, cost));
        Ok(())
    }

    /// What a case took: the median, where it was measured more than once.
    pub fn cost(&self, case: Case) -> anyhow::Result<Cost> {
        let costs = self.costs.iter().filter(|(of, _)| *of == case);
        median(costs.map(|(_, cost)| *cost).collect())
            .with_context(|| format!("{}: not measured", case.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_that_was_not_measured_is_an_error() {
        let error = Measured::default()
            .cost(Case::NoOp)
            .map_err(|error| error.to_string());
        assert_eq!(error, Err("no-op: not measured".to_owned()));
    }
}
