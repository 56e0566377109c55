//! Device profiles: how to recognize a device in its boot loader, and which boot image it accepts.
//!
//! A profile is a YAML file; `docs/profiles.md` describes the format. [`Profiles::load`] reads those of the
//! user and the system, and those that are built in. [`Matcher`] chooses among them by USB ID and the values
//! of fastboot variables, without doing any input or output itself. [`Choices`] remembers what the user chose
//! where several match.
//!
//! ```
//! use device_profiles::{Matcher, Outcome, Profiles};
//!
//! let profiles = Profiles::load(&[]);
//! let matcher = Matcher::new(profiles.iter(), 0x18d1, 0x4ee0);
//! assert_eq!(matcher.variables(), ["product"]);
//! let value = |name: &str| (name == "product").then(|| "sargo".to_owned());
//! let Outcome::One(profile) = matcher.evaluate(value) else {
//!     panic!("expected one profile");
//! };
//! assert_eq!(profile.id, "google-sargo");
//! ```
//!
//! # Untrusted input
//! A file has at most 64 KiB, and its values are counted while aliases are expanded. Errors name line and
//! column. Values of variables and serial numbers come from a device: they are compared and stored, never
//! interpreted.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod boot_image;
mod built_in;
mod choices;
mod device_info;
mod directories;
mod error;
mod matcher;
mod parse;
mod probe;
mod profile;
mod profiles;
mod yaml;

pub use boot_image::{BootImageParameters, Compression, KernelEncoding, Limits};
pub use choices::Choices;
pub use directories::Directories;
pub use error::{Error, ParseError};
pub use matcher::{Matcher, Outcome, Rejection};
pub use parse::MAX_SIZE;
pub use probe::{Condition, Probe};
pub use profile::{MacAddresses, Match, Profile, Stage0};
pub use profiles::{Entry, Profiles, Source, read};
