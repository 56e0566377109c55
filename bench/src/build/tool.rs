//! The build tools, and the measurement of all cases with one of them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::case::{Case, Dependency};
use super::cost::{Cost, median};

/// The configuration of all checkouts.
#[derive(Debug)]
pub struct Context {
    /// The repository to clone.
    pub source: PathBuf,
    /// The directory of all checkouts.
    pub work: PathBuf,
    /// A line for user.bazelrc that configures Bazel's cache.
    pub cache: String,
}

impl Context {
    /// The directory for a tool's checkout `name`.
    pub fn directory(&self, tool: &str, name: &str) -> PathBuf {
        self.work.join(format!("{tool}-{name}"))
    }
}

/// The downloads and caches available to a new checkout.
#[derive(Debug, Clone, Copy)]
pub enum InitialState<'a> {
    /// No downloads and no cache.
    Cold,
    /// The downloads of another checkout ([`Tool::downloads`]), and the tool's cache if it has one.
    Warm(&'a Path),
}

/// A checkout with the tool that builds it.
pub trait Tool: Sized {
    /// The name in messages and paths.
    const NAME: &str;

    /// Creates a checkout in a new directory.
    fn new(context: &Context, name: &str, initial: InitialState) -> anyhow::Result<Self>;

    /// The directory of its downloads, which [`Tool::discard`] does not delete.
    fn downloads(&self) -> PathBuf;

    /// Builds and returns the cost; `name` is that of the log.
    fn build(&self, name: &str) -> anyhow::Result<Cost>;

    /// Applies the edit of a case.
    fn edit(&self, case: Case, dependency: &Dependency) -> anyhow::Result<()>;

    /// Stops its processes and deletes everything but the downloads.
    fn discard(self) -> anyhow::Result<()>;
}

/// The measurements with one tool.
#[derive(Debug, Default)]
pub struct Measurements {
    costs: Vec<(Case, Cost)>,
    downloads: PathBuf,
}

impl Measurements {
    /// Measures one cold build, of which only the downloads are kept.
    pub fn measure_cold<T: Tool>(&mut self, context: &Context, index: u32) -> anyhow::Result<()> {
        let checkout = T::new(context, &format!("cold-{index}"), InitialState::Cold)?;
        self.downloads = checkout.downloads();
        self.build(Case::Cold, &checkout)?;
        checkout.discard()
    }

    /// Measures all other cases, with the downloads of the last cold build.
    pub fn measure_warm<T: Tool>(
        &mut self,
        context: &Context,
        no_ops: u32,
        dependency: &Dependency,
    ) -> anyhow::Result<()> {
        let downloads = self.downloads.clone();
        let checkout = |name| T::new(context, name, InitialState::Warm(&downloads));
        let edited = checkout("edited")?;
        eprint!("{}: with all downloads and an empty cache: ", T::NAME);
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

    /// The median cost of a case.
    pub fn cost(&self, case: Case) -> anyhow::Result<Cost> {
        let costs = self.costs.iter().filter(|(measured, _)| *measured == case);
        median(costs.map(|(_, cost)| *cost).collect())
            .with_context(|| format!("{}: not measured", case.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_a_case_without_measurements() {
        let error = Measurements::default()
            .cost(Case::NoOp)
            .map_err(|error| error.to_string());
        assert_eq!(error, Err("no-op: not measured".to_owned()));
    }
}
