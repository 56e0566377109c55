//! The targets that stage0 is built for, and their names.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use goblin::elf::header::{ELFCLASS32, ELFCLASS64, EM_AARCH64, EM_ARM, EM_RISCV, EM_X86_64};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A target that stage0 is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// `aarch64-unknown-linux-musl`
    Aarch64,
    /// `armv7-unknown-linux-musleabihf`
    Armv7,
    /// `riscv64gc-unknown-linux-musl`
    Riscv64,
    /// `x86_64-unknown-linux-musl`
    X86_64,
}

/// The error for an unknown or ambiguous target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The text is not the triple of a target.
    #[error("{0:?} is not a target of stage0; the targets are {list}", list = list_triples())]
    Unknown(String),
    /// The file name is the asset name of a target other than the requested one.
    #[error(
        "the file is named for {named}, but {requested} was requested; rename it, or request {named}"
    )]
    Contradiction {
        /// The target in the file name.
        named: Target,
        /// The requested target.
        requested: Target,
    },
}

/// The prefix of the triple in the names of release assets.
const ASSET_PREFIX: &str = "fastboop-stage0-";

impl Target {
    /// All targets, sorted by triple.
    pub const ALL: [Target; 4] = [
        Target::Aarch64,
        Target::Armv7,
        Target::Riscv64,
        Target::X86_64,
    ];

    /// The target if none is specified: that of most devices.
    pub const DEFAULT: Target = Target::Aarch64;

    /// The target triple.
    pub const fn triple(self) -> &'static str {
        match self {
            Target::Aarch64 => "aarch64-unknown-linux-musl",
            Target::Armv7 => "armv7-unknown-linux-musleabihf",
            Target::Riscv64 => "riscv64gc-unknown-linux-musl",
            Target::X86_64 => "x86_64-unknown-linux-musl",
        }
    }

    /// The name of the release asset, which has no extension.
    pub fn asset_name(self) -> String {
        format!("{ASSET_PREFIX}{self}")
    }

    /// The target whose release asset has this name; `None` if there is none.
    pub fn from_asset_name(name: &str) -> Option<Target> {
        name.strip_prefix(ASSET_PREFIX)?.parse().ok()
    }

    /// The `e_machine` of ELF files for this target.
    pub const fn machine(self) -> u16 {
        match self {
            Target::Aarch64 => EM_AARCH64,
            Target::Armv7 => EM_ARM,
            Target::Riscv64 => EM_RISCV,
            Target::X86_64 => EM_X86_64,
        }
    }

    /// The target whose ELF files have this `e_machine`, which is unique; `None` if there is none.
    pub fn from_machine(machine: u16) -> Option<Target> {
        Target::ALL
            .into_iter()
            .find(|target| target.machine() == machine)
    }

    /// The `EI_CLASS` of ELF files for this target. (All targets are little-endian.)
    pub const fn class(self) -> u8 {
        match self {
            Target::Armv7 => ELFCLASS32,
            Target::Aarch64 | Target::Riscv64 | Target::X86_64 => ELFCLASS64,
        }
    }

    /// Determines the target of the file at `path`: `requested`, or else the target in the file name, or
    /// else [`Target::DEFAULT`].
    ///
    /// Fails if the file name is the asset name of a target other than the requested one.
    pub fn for_embedding(requested: Option<Target>, path: &Path) -> Result<Target, TargetError> {
        let named = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(Target::from_asset_name);
        match (requested, named) {
            (Some(requested), Some(named)) if requested != named => {
                Err(TargetError::Contradiction { named, requested })
            }
            _ => Ok(requested.or(named).unwrap_or(Target::DEFAULT)),
        }
    }
}

fn list_triples() -> String {
    Target::ALL.map(Target::triple).join(", ")
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.triple())
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(triple: &str) -> Result<Target, TargetError> {
        Target::ALL
            .into_iter()
            .find(|target| target.triple() == triple)
            .ok_or_else(|| TargetError::Unknown(triple.to_owned()))
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.triple())
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for target in Target::ALL {
            assert_eq!(target.triple().parse(), Ok(target));
            assert_eq!(Target::from_asset_name(&target.asset_name()), Some(target));
            assert_eq!(Target::from_machine(target.machine()), Some(target));
            let json = serde_json::to_string(&target).unwrap();
            assert_eq!(serde_json::from_str::<Target>(&json).unwrap(), target);
        }
        assert!(Target::ALL.is_sorted_by_key(|target| target.triple()));
    }

    #[test]
    fn asset_name_is_the_one_in_docs_stage0_distribution() {
        let name = "fastboop-stage0-aarch64-unknown-linux-musl";
        assert_eq!(Target::Aarch64.asset_name(), name);
    }

    #[test]
    fn rejects_other_asset_names() {
        for name in [
            "",
            "fastboop-stage0-",
            "fastboop-stage0-aarch64",
            "fastboop-stage0-aarch64-unknown-linux-gnu",
            "fastboop-stage0-aarch64-unknown-linux-musl.gz",
            "aarch64-unknown-linux-musl",
        ] {
            assert_eq!(Target::from_asset_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn unknown_triple_lists_the_known_ones() {
        let message = "mips-unknown-linux-musl"
            .parse::<Target>()
            .unwrap_err()
            .to_string();
        assert!(message.contains("mips-unknown-linux-musl"), "{message}");
        for target in Target::ALL {
            assert!(message.contains(target.triple()), "{message}");
        }
    }

    #[test]
    fn request_overrides_name_overrides_default() {
        let armv7 = Path::new("/d/fastboop-stage0-armv7-unknown-linux-musleabihf");
        let plain = Path::new("/d/stage0");
        let riscv = Some(Target::Riscv64);
        assert_eq!(Target::for_embedding(riscv, plain), Ok(Target::Riscv64));
        assert_eq!(Target::for_embedding(None, armv7), Ok(Target::Armv7));
        assert_eq!(
            Target::for_embedding(Some(Target::Armv7), armv7),
            Ok(Target::Armv7)
        );
        assert_eq!(Target::for_embedding(None, plain), Ok(Target::DEFAULT));
        assert_eq!(
            Target::for_embedding(None, Path::new("/")),
            Ok(Target::DEFAULT)
        );
    }

    #[test]
    fn rejects_the_asset_name_of_another_target() {
        let armv7 = Path::new("fastboop-stage0-armv7-unknown-linux-musleabihf");
        let error = Target::for_embedding(Some(Target::X86_64), armv7).unwrap_err();
        let expected = "the file is named for armv7-unknown-linux-musleabihf, \
                        but x86_64-unknown-linux-musl was requested; rename it, or request \
                        armv7-unknown-linux-musleabihf";
        assert_eq!(error.to_string(), expected);
    }
}
