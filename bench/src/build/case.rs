//! The measured cases.

use std::str::FromStr;

use clean_build::BuildDir;

/// The string that an edit inserts into a program.
const TEXT: &str = "an edit by the benchmark";

/// A case: one row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// A new checkout without downloads, outputs or a cache.
    Cold,
    /// A build after which nothing has changed.
    NoOp,
    /// An edit of the program's `main`.
    EditProgram,
    /// An edit of stage0's `main`.
    EditStage0,
    /// Another version of a dependency in Cargo.lock.
    EditDependency,
    /// A new checkout after another one was built, with all downloads; Bazel's cache is warm.
    SecondCheckout,
}

impl Case {
    /// All cases, in the order of the table.
    pub const ALL: &[Case] = &[
        Case::Cold,
        Case::NoOp,
        Case::EditProgram,
        Case::EditStage0,
        Case::EditDependency,
        Case::SecondCheckout,
    ];

    /// The edits, in the order in which they are applied to one checkout.
    pub const EDITS: &[Case] = &[Case::EditProgram, Case::EditStage0, Case::EditDependency];

    /// The name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Case::Cold => "cold",
            Case::NoOp => "no-op",
            Case::EditProgram => "edit of the program",
            Case::EditStage0 => "edit of stage0",
            Case::EditDependency => "another version of a dependency",
            Case::SecondCheckout => "second checkout",
        }
    }

    /// Applies the edit of this case, if any.
    pub fn edit(
        self,
        build_dir: &BuildDir,
        dependency: &Dependency,
    ) -> Result<(), clean_build::Error> {
        match self {
            Case::Cold | Case::NoOp | Case::SecondCheckout => Ok(()),
            Case::EditProgram => build_dir.edit_program("crates/fastboop-cli/src/main.rs", TEXT),
            Case::EditStage0 => build_dir.edit_program("stage0/src/main.rs", TEXT),
            Case::EditDependency => {
                let mut cargo = build_dir.command("cargo".as_ref());
                cargo
                    .current_dir(build_dir.checkout())
                    .args(["update", "--package", &dependency.name])
                    .args(["--precise", &dependency.version]);
                build_dir.run(cargo, "update")
            }
        }
    }
}

/// A version of a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    name: String,
    version: String,
}

impl FromStr for Dependency {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('@') {
            Some((name, version)) if !name.is_empty() && !version.is_empty() => Ok(Dependency {
                name: name.to_owned(),
                version: version.to_owned(),
            }),
            _ => Err("expected CRATE@VERSION"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_name_and_version() {
        let dependency = "serde@1.0.2".parse::<Dependency>();
        assert_eq!(
            dependency,
            Ok(Dependency {
                name: "serde".to_owned(),
                version: "1.0.2".to_owned()
            })
        );
        for bad in ["serde", "@1", "serde@"] {
            assert!(bad.parse::<Dependency>().is_err(), "{bad}");
        }
    }
}
