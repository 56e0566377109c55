//! Texts and numbers, checked while their place in the file is known.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::boot_image::page_size;
use crate::{Compression, KernelEncoding};

/// The maximum length of a text in bytes.
const MAX_TEXT: usize = 4096;

/// The maximum length of a variable's name in bytes: boot loaders fail on commands of more than 64.
const MAX_VARIABLE: usize = 64 - "getvar:".len();

/// The maximum length of an id in bytes.
const MAX_ID: usize = 128;

/// Reads a number and converts it; `expected` describes the valid ones.
fn number<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    convert: fn(u64) -> Option<T>,
) -> Result<T, D::Error> {
    struct Number<T>(&'static str, fn(u64) -> Option<T>);

    impl<T> Visitor<'_> for Number<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
            let invalid = || E::invalid_value(Unexpected::Unsigned(number), &self);
            (self.1)(number).ok_or_else(invalid)
        }
    }

    deserializer.deserialize_any(Number(expected, convert))
}

/// Reads a text and converts it. A number is not a text: what is written as `1` may be meant as `0x1` or
/// `01`.
fn text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    convert: fn(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    struct Text<T>(fn(&str) -> Result<T, String>);

    impl<T> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string; put a number or `true` in quotes")
        }

        fn visit_unit<E: Error>(self) -> Result<T, E> {
            Err(E::custom("missing value, expected a string"))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            check_text(text)
                .and_then(|()| (self.0)(text))
                .map_err(E::custom)
        }
    }

    deserializer.deserialize_any(Text(convert))
}

fn check_text(text: &str) -> Result<(), String> {
    match text.len() {
        0 => return Err("empty string".to_owned()),
        1..=MAX_TEXT => (),
        length => {
            return Err(format!(
                "string of {length} bytes, expected at most {MAX_TEXT}"
            ));
        }
    }
    match text.chars().find(|character| character.is_control()) {
        Some(found) => Err(format!("control character {found:?} in a string")),
        None => Ok(()),
    }
}

/// Defines a type that holds a value which is read by a function.
macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident($value:ty), $read:expr) => {
        $(#[$doc])*
        pub(super) struct $name(pub(super) $value);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $read(deserializer).map($name)
            }
        }
    };
}

scalar!(
    /// A vendor or product ID.
    UsbId(u16),
    |d| number(d, "a USB ID from 0 to 0xffff", |n| u16::try_from(n).ok())
);
scalar!(
    /// An address or a number of bytes.
    Address(u64),
    |d| number(d, "a number of 64 bits", Some)
);
scalar!(
    /// A maximum size in bytes, where 0 stands for a limit that is not known.
    Limit(Option<u64>),
    |d| number(d, "a number of bytes", |n| Some((n > 0).then_some(n)))
);
scalar!(
    /// The maximum length of the command line.
    LineLength(u64),
    |d| number(d, "a number of bytes from 1 to 65536", |n| {
        (1..=65536).contains(&n).then_some(n)
    })
);
scalar!(HeaderVersion(u32), |d| number(
    d,
    "a header version from 0 to 4",
    |n| u32::try_from(n).ok().filter(|n| *n <= 4)
));
scalar!(PageSize(u32), |d| number(
    d,
    "a page size of 2048, 4096, 8192 or 16384 bytes",
    page_size
));
scalar!(Text(String), |d| text(d, |text| Ok(text.to_owned())));
scalar!(Id(String), |d| text(d, id));
scalar!(Variable(String), |d| text(d, variable));
scalar!(DeviceTree(String), |d| text(d, device_tree));
scalar!(Encoding(KernelEncoding), |d| text(d, str::parse));
scalar!(RamdiskCompression(Compression), |d| text(d, compression));

fn id(text: &str) -> Result<String, String> {
    let is_valid = |c: char| !c.is_whitespace() && !['/', '\\', '"', '\''].contains(&c);
    match text.len() <= MAX_ID && text.chars().all(is_valid) && !text.starts_with('-') {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "invalid id {text:?}, expected at most {MAX_ID} bytes without white space, \
             slashes and quotes, not beginning with `-`"
        )),
    }
}

fn variable(name: &str) -> Result<String, String> {
    // `all` is a long list in several messages, and no value.
    if name == "all" {
        return Err("variable `all` has no single value".to_owned());
    }
    if name.len() > MAX_VARIABLE {
        let length = name.len();
        return Err(format!(
            "variable name of {length} bytes, expected at most {MAX_VARIABLE}"
        ));
    }
    Ok(name.to_owned())
}

fn device_tree(name: &str) -> Result<String, String> {
    let is_valid = |part: &str| !["", ".", ".."].contains(&part);
    if name.split('/').all(is_valid) && !name.ends_with(".dtb") {
        return Ok(name.to_owned());
    }
    Err(format!(
        "invalid device tree {name:?}, expected a relative path without `.dtb`, such as \
         qcom/sdm845-oneplus-fajita"
    ))
}

fn compression(name: &str) -> Result<Compression, String> {
    let found = Compression::NAMES.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, compression)| *compression)
        .ok_or_else(|| format!("unknown compression {name:?}, expected none, gzip, lz4 or zstd"))
}
