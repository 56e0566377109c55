//! What a variable of the boot loader has to be.

use std::fmt::{self, Display};

use serde::Serialize;

/// A condition for a variable of the boot loader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Probe {
    /// The name of the variable, as in `fastboot getvar NAME`.
    #[serde(rename = "fastboot.getvar")]
    pub variable: String,
    /// What it has to be.
    #[serde(flatten)]
    pub condition: Condition,
}

/// What a variable has to be. White space around its value does not count, case does.
///
/// A variable is *missing* if the boot loader rejects the request or does not answer, or if the value is
/// empty, which is how some boot loaders answer requests for unknown variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The value is this text. A missing variable does not meet it.
    Equals(String),
    /// The value begins with this text. A missing variable does not meet it.
    StartsWith(String),
    /// The value is another one than this text, or the variable is missing.
    NotEquals(String),
    /// The variable is not missing, and its value is not `unknown`, in upper or lower case, which some boot
    /// loaders answer for unknown variables.
    Exists,
    /// The opposite of [`Condition::Exists`].
    NotExists,
}

impl Condition {
    /// Whether a value meets the condition; `None` is a missing variable.
    pub fn is_met(&self, value: Option<&str>) -> bool {
        let value = value.map(str::trim).filter(|value| !value.is_empty());
        let exists = value.is_some_and(|value| !value.eq_ignore_ascii_case("unknown"));
        match self {
            Condition::Equals(text) => value == Some(text),
            Condition::StartsWith(text) => value.is_some_and(|value| value.starts_with(text)),
            Condition::NotEquals(text) => value != Some(text),
            Condition::Exists => exists,
            Condition::NotExists => !exists,
        }
    }

    /// The key in profiles, such as `equals`.
    pub fn name(&self) -> &'static str {
        match self {
            Condition::Equals(_) => "equals",
            Condition::StartsWith(_) => "starts_with",
            Condition::NotEquals(_) => "not_equals",
            Condition::Exists => "exists",
            Condition::NotExists => "not_exists",
        }
    }

    /// The text that the value is compared with.
    pub fn text(&self) -> Option<&str> {
        match self {
            Condition::Equals(text) | Condition::StartsWith(text) | Condition::NotEquals(text) => {
                Some(text)
            }
            Condition::Exists | Condition::NotExists => None,
        }
    }
}

impl Display for Probe {
    /// Such as `product equals "sdm845"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.condition.name().replace('_', " ");
        write!(f, "{} {words}", self.variable)?;
        match self.condition.text() {
            Some(text) => write!(f, " {text:?}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_met_by_these_values() {
        let text = || "raw".to_owned();
        let values = [
            None,
            Some(""),
            Some(" \r\n"),
            Some("unknown"),
            Some("Unknown "),
            Some("raw"),
            Some(" raw\n"),
            Some("raw2"),
            Some("RAW"),
            Some("a raw"),
        ];
        for (condition, met) in [
            (Condition::Equals(text()), [0, 0, 0, 0, 0, 1, 1, 0, 0, 0]),
            (
                Condition::StartsWith(text()),
                [0, 0, 0, 0, 0, 1, 1, 1, 0, 0],
            ),
            (Condition::NotEquals(text()), [1, 1, 1, 1, 1, 0, 0, 1, 1, 1]),
            (Condition::Exists, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]),
            (Condition::NotExists, [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]),
        ] {
            for (value, met) in values.iter().zip(met) {
                assert_eq!(
                    condition.is_met(*value),
                    met == 1,
                    "{condition:?} {value:?}"
                );
            }
        }
    }

    #[test]
    fn the_text_unknown_can_be_compared() {
        let condition = Condition::Equals("unknown".to_owned());
        assert!(condition.is_met(Some("unknown")));
        assert!(!condition.is_met(None));
    }

    #[test]
    fn is_printed_as_a_sentence() {
        let mut probe = Probe {
            variable: "serialno".to_owned(),
            condition: Condition::StartsWith("S6".to_owned()),
        };
        assert_eq!(probe.to_string(), "serialno starts with \"S6\"");
        probe.condition = Condition::NotExists;
        assert_eq!(probe.to_string(), "serialno not exists");
    }
}
