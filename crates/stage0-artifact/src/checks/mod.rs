//! The checks that an artifact has to pass before it is released.
//!
//! One broken property fails one check. Checks that cannot be made because of it are skipped, with
//! the reason; a check never passes without having been made. The first checks are those of
//! [`elf::check`](crate::elf::check), by the same code and with the same messages.

mod check;
mod paths;
mod sections;
mod segments;
mod symbols;

use serde::Serialize;

pub use check::{Check, Severity};

use crate::elf::{CheckError, Program};
use crate::{Target, artifact, metadata};

/// Requirements on an artifact besides its target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirements {
    /// The version it should have; without one, any will do.
    pub version: Option<String>,
    /// The most bytes it may have; without a number its size is not checked.
    pub budget: Option<u64>,
    /// Texts that must not be in it, such as the user's name, besides the paths of build machines.
    pub forbidden: Vec<String>,
}

/// A check and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// The outcome of that check.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "lowercase")]
pub enum Outcome {
    /// The property holds.
    Passed,
    /// The property does not hold; the text has the finding and the next step.
    Failed(String),
    /// The check was not made, for this reason.
    Skipped(String),
}

impl Finding {
    /// The finding of a check that was made; `result` holds the reason of a failure.
    pub fn new(check: Check, result: Result<(), String>) -> Self {
        let outcome = match result {
            Ok(()) => Outcome::Passed,
            Err(reason) => Outcome::Failed(reason),
        };
        Finding { check, outcome }
    }

    /// The finding of a check that was not made, with the reason.
    pub fn skipped(check: Check, reason: impl Into<String>) -> Self {
        let outcome = Outcome::Skipped(reason.into());
        Finding { check, outcome }
    }

    /// The finding of a check that was not made because the check `cause` failed.
    pub fn skipped_by(check: Check, cause: Check) -> Self {
        Finding::skipped(check, format!("{} failed", cause.id()))
    }

    /// Whether it forbids a release.
    pub fn is_error(&self) -> bool {
        self.check.severity() == Severity::Error && matches!(self.outcome, Outcome::Failed(_))
    }
}

/// The checks that [`Program::parse`] makes, in its order.
const PARSE_CHECKS: [Check; 3] = [Check::NotEmpty, Check::ElfFormat, Check::ProgramType];

/// The checks that need more than the file's bytes; the caller makes them.
const CALLER_CHECKS: [Check; 3] = [Check::Name, Check::Exists, Check::Runs];

/// Makes every check on `bytes`, in the order of [`Check::ALL`], but those of name, presence and
/// running.
///
/// Never panics, whatever the bytes are, and uses no more memory than a small multiple of them.
pub fn run(bytes: &[u8], target: Target, requirements: &Requirements) -> Vec<Finding> {
    let parsed = Program::parse(bytes);
    Check::ALL
        .into_iter()
        .filter(|check| !CALLER_CHECKS.contains(check))
        .map(|check| match &parsed {
            Ok(program) => finding(check, program, target, requirements),
            Err(error) => parse_finding(check, error),
        })
        .collect()
}

/// The finding of `check` when the file could not be read as an ELF program.
fn parse_finding(check: Check, error: &CheckError) -> Finding {
    let failed = error.check();
    if check == failed {
        return Finding::new(check, Err(error.to_string()));
    }
    let before = PARSE_CHECKS
        .into_iter()
        .take_while(|parsed| *parsed != failed);
    if before.into_iter().any(|parsed| parsed == check) {
        return Finding::new(check, Ok(()));
    }
    Finding::skipped_by(check, failed)
}

fn finding(
    check: Check,
    program: &Program<'_>,
    target: Target,
    requirements: &Requirements,
) -> Finding {
    let basic = |result: Result<(), CheckError>| result.map_err(|error| error.to_string());
    let result = match check {
        // There is a program, so it has been read.
        Check::NotEmpty | Check::ElfFormat => Ok(()),
        Check::Name | Check::Exists | Check::Runs => {
            return Finding::skipped(check, "made by the caller");
        }
        Check::Machine => basic(program.check_target(target)),
        Check::ProgramType => basic(program.check_type().map(|_| ())),
        Check::Static => basic(program.check_needs_nothing()),
        Check::UndefinedSymbols => symbols::check_defined(program),
        Check::Segments => segments::check_order(program),
        Check::EntryPoint => segments::check_entry_point(program),
        Check::WxSegments => segments::check_wx(program),
        Check::ExecStack => segments::check_stack(program),
        Check::Relro => segments::check_relro(program),
        Check::PageAlignment => segments::check_page_alignment(program, target),
        Check::Stripped => sections::check_stripped(program),
        Check::Paths => paths::check(program.bytes(), &requirements.forbidden),
        Check::Identity if program.check_target(target).is_err() => {
            return Finding::skipped_by(check, Check::Machine);
        }
        Check::Identity => identity(program, target, requirements.version.as_deref()),
        Check::Size => match requirements.budget {
            None => return Finding::skipped(check, "no size budget is set"),
            Some(budget) => size(program.bytes(), budget),
        },
    };
    Finding::new(check, result)
}

impl CheckError {
    /// The check that fails with this error.
    pub fn check(&self) -> Check {
        match self {
            CheckError::Empty => Check::NotEmpty,
            CheckError::NotElf(_) | CheckError::Truncated { .. } | CheckError::Damaged(_) => {
                Check::ElfFormat
            }
            CheckError::UnknownMachine(_)
            | CheckError::WrongMachine { .. }
            | CheckError::WrongFormat { .. }
            | CheckError::SoftFloat(..) => Check::Machine,
            CheckError::NotProgram(_) | CheckError::SharedLibrary => Check::ProgramType,
            CheckError::Interpreter(_) | CheckError::Needed(_) => Check::Static,
        }
    }
}

fn identity(program: &Program<'_>, target: Target, version: Option<&str>) -> Result<(), String> {
    let metadata = metadata::read(program)
        .map_err(|error| error.to_string())?
        .ok_or("no package metadata note; name the stage0 artifact, built from stage0/")?;
    artifact::check_metadata(&metadata, target).map_err(|error| error.to_string())?;
    match version {
        Some(version) if version != metadata.version => Err(format!(
            "version mismatch in the metadata: expected {version}, got {}; build it from that version's sources",
            metadata.version
        )),
        _ => Ok(()),
    }
}

fn size(bytes: &[u8], budget: u64) -> Result<(), String> {
    let size = bytes.len() as u64;
    if size <= budget {
        return Ok(());
    }
    Err(format!(
        "{size} bytes, {} more than its budget of {budget}; find what grew, or raise the budget",
        size - budget
    ))
}

#[cfg(test)]
mod tests;
