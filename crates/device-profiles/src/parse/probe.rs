//! The elements of `probe`.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::scalars::{Text, Variable};
use crate::{Condition, Probe};

const VARIABLE: &str = "fastboot.getvar";

/// The keys, in the order of error messages.
const KEYS: &[&str] = &[
    VARIABLE,
    "equals",
    "starts_with",
    "not_equals",
    "exists",
    "not_exists",
];

impl<'de> Deserialize<'de> for Probe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ProbeVisitor)
    }
}

/// By hand: with an untagged enum of serde, a misspelt condition would be ignored, and errors would have no
/// location.
struct ProbeVisitor;

impl<'de> Visitor<'de> for ProbeVisitor {
    type Value = Probe;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping with `fastboot.getvar` and a condition")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Probe, A::Error> {
        let mut variable = None;
        let mut condition = None;
        while let Some(key) = map.next_key_seed(KeyVisitor(condition.as_ref()))? {
            match key {
                Key::Variable => variable = Some(map.next_value::<Variable>()?.0),
                Key::Text(new) => condition = Some(new(map.next_value::<Text>()?.0)),
                Key::Flag(new) => {
                    map.next_value::<Flag>()?;
                    condition = Some(new);
                }
            }
        }
        Ok(Probe {
            variable: variable.ok_or_else(|| A::Error::missing_field(VARIABLE))?,
            condition: condition.unwrap_or(Condition::Exists),
        })
    }
}

enum Key {
    Variable,
    Text(fn(String) -> Condition),
    Flag(Condition),
}

/// A key, where the condition before it is known: a second one is a mistake.
struct KeyVisitor<'a>(Option<&'a Condition>);

impl<'de> DeserializeSeed<'de> for KeyVisitor<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyVisitor<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        let key = match name {
            VARIABLE => return Ok(Key::Variable),
            "equals" => Key::Text(Condition::Equals),
            "starts_with" => Key::Text(Condition::StartsWith),
            "not_equals" => Key::Text(Condition::NotEquals),
            "exists" => Key::Flag(Condition::Exists),
            "not_exists" => Key::Flag(Condition::NotExists),
            _ => return Err(E::unknown_field(name, KEYS)),
        };
        match self.0 {
            None => Ok(key),
            Some(first) => Err(E::custom(format_args!(
                "second condition `{name}` after `{}`; write another `- {VARIABLE}: …`",
                first.name()
            ))),
        }
    }
}

/// The value of `exists` and `not_exists`: nothing or `true`.
struct Flag;

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Flag)
    }
}

impl Visitor<'_> for Flag {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no value or `true`")
    }

    fn visit_unit<E>(self) -> Result<Flag, E> {
        Ok(Flag)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Flag, E> {
        match value {
            true => Ok(Flag),
            false => Err(E::custom(
                "expected no value or `true`; `exists` and `not_exists` are opposites",
            )),
        }
    }
}
