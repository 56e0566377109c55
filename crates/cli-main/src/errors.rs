//! An error that holds several problems.

use std::fmt::{self, Display};

/// All problems that a program found, for programs that continue after the first one.
#[derive(Debug)]
pub struct Errors(Vec<String>);

impl Errors {
    /// Fails with all of `errors`, unless there are none.
    ///
    /// ```
    /// # fn main() -> anyhow::Result<()> {
    /// cli_main::Errors::check(Vec::<String>::new())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn check<E: Display>(errors: impl IntoIterator<Item = E>) -> Result<(), Errors> {
        // The alternate form of an `anyhow::Error` is its whole chain.
        let lines: Vec<_> = errors.into_iter().map(|e| format!("{e:#}")).collect();
        if lines.is_empty() {
            return Ok(());
        }
        Err(Errors(lines))
    }

    /// The errors, each as the line that is printed.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Errors {}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn check_succeeds_without_errors() {
        assert!(Errors::check(Vec::<String>::new()).is_ok());
    }

    #[test]
    fn prints_each_error_with_its_chain_on_one_line() {
        let errors = [anyhow!("b").context("a"), anyhow!("c")];
        let errors = Errors::check(errors).unwrap_err();
        assert_eq!(errors.iter().collect::<Vec<_>>(), ["a: b", "c"]);
        assert_eq!(errors.to_string(), "a: b\nc");
    }
}
