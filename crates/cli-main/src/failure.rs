//! An error with an exit code of its own.

use std::fmt::{self, Display};

/// An error that ends the program with another exit code than 1. It prints its whole chain, and has no `source`.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    error: anyhow::Error,
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The alternate form of an `anyhow::Error` is its whole chain.
        write!(f, "{:#}", self.error)
    }
}

impl std::error::Error for Failure {}

/// Gives an exit code to the error of a result.
pub trait WithExitCode<T> {
    /// Ends the program with `code` if this is an error, whatever context it gets afterwards.
    ///
    /// ```
    /// use cli_main::WithExitCode;
    ///
    /// fn read(path: &str) -> anyhow::Result<String> {
    ///     std::fs::read_to_string(path).with_exit_code(5)
    /// }
    /// # let error = read("/nonexistent").unwrap_err().context("image");
    /// # assert_eq!(cli_main::exit_code(&error), 5);
    /// ```
    ///
    /// # Errors
    /// The error, as a [`Failure`].
    fn with_exit_code(self, code: u8) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> WithExitCode<T> for Result<T, E> {
    fn with_exit_code(self, code: u8) -> anyhow::Result<T> {
        self.map_err(|error| {
            let error = error.into();
            anyhow::Error::new(Failure { code, error })
        })
    }
}

/// The exit code of an error: that of the [`Failure`] in it, else 1.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    error.downcast_ref().map_or(1, Failure::code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    #[test]
    fn keeps_the_code_and_prints_the_chain_once() {
        let error = Err::<(), _>(anyhow!("b").context("a"));
        let error = error.with_exit_code(3).context("device").unwrap_err();
        assert_eq!(exit_code(&error), 3);
        assert_eq!(format!("{error:#}"), "device: a: b");
    }

    #[test]
    fn other_errors_have_the_code_1() {
        assert_eq!(exit_code(&anyhow!("a").context("b")), 1);
    }

    #[test]
    fn passes_a_value_on() {
        assert_eq!(Ok::<_, anyhow::Error>(7).with_exit_code(3).unwrap(), 7);
    }
}
