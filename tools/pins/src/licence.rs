//! Which licences may be in the build.

use std::collections::BTreeSet;

use serde::Deserialize;
use spdx::{Expression, ParseMode};

/// The licences that go together with GPL-3.0-only, by their SPDX identifiers.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Allowed(BTreeSet<String>);

impl Allowed {
    /// Checks an SPDX expression; of `A OR B` one has to be allowed, of `A AND B` both. Cargo's old `A/B` is read too.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self, expression: &str) -> Result<(), String> {
        let parsed = Expression::parse_mode(expression, ParseMode::LAX).map_err(|error| {
            format!(
                "its licence {expression:?} is no SPDX expression: {}",
                error.reason
            )
        })?;
        if parsed.evaluate(|licence| self.0.contains(&licence.to_string())) {
            return Ok(());
        }
        Err(format!(
            "its licence {expression:?} is not among those allowed beside GPL-3.0-only; take another crate, or see that it is compatible and add it to tools/pins/policy.toml"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn or_takes_one_and_and_takes_both() {
        let allowed = Allowed(["MIT", "ISC"].map(String::from).into());
        for good in [
            "MIT",
            "GPL-2.0-only OR MIT",
            "MIT/Apache-2.0",
            "MIT AND ISC",
            "(MIT OR Zlib) AND ISC",
        ] {
            assert_eq!(allowed.check(good), Ok(()));
        }
        for bad in ["Apache-2.0", "MIT AND Zlib", "ISC WITH LLVM-exception"] {
            assert!(
                allowed
                    .check(bad)
                    .unwrap_err()
                    .contains("not among those allowed"),
                "{bad}"
            );
        }
        for none in ["", "MIT OR", "Our own"] {
            assert!(
                allowed
                    .check(none)
                    .unwrap_err()
                    .contains("no SPDX expression"),
                "{none}"
            );
        }
    }
}
