//! The checks that an artifact must pass before it is released.
//!
//! Each check verifies one property. A check that depends on a failed one is skipped, with the reason; it
//! does not pass. The first checks are those of [`elf::check`](crate::elf::check): they use the same code
//! and report the same messages.

mod check;
mod paths;
mod sections;
mod segments;
mod symbols;

use serde::Serialize;

pub use check::{Check, Severity};

use crate::elf::{CheckError, Program};
use crate::{InspectError, Target, artifact, metadata};

/// Requirements on an artifact besides its target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirements {
    /// The expected version; `None` accepts any.
    pub version: Option<String>,
    /// The maximum size in bytes; if `None`, the size is not checked.
    pub budget: Option<u64>,
    /// Texts that the artifact must not contain, such as the user's name, in addition to the paths of build
    /// machines.
    pub forbidden: Vec<String>,
}

/// A check and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// Its outcome.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "lowercase")]
pub enum Outcome {
    /// The property holds.
    Passed,
    /// The property does not hold; the message has the cause and the next step.
    Failed(String),
    /// The check was skipped, for this reason.
    Skipped(String),
}

impl Finding {
    /// Creates the finding of a check from its result; the error is the message of the failure.
    pub fn new(check: Check, result: Result<(), String>) -> Self {
        let outcome = match result {
            Ok(()) => Outcome::Passed,
            Err(reason) => Outcome::Failed(reason),
        };
        Finding { check, outcome }
    }

    /// Creates the finding of a check that was skipped for `reason`.
    pub fn skipped(check: Check, reason: impl Into<String>) -> Self {
        let outcome = Outcome::Skipped(reason.into());
        Finding { check, outcome }
    }

    /// Creates the finding of a check that was skipped because the check `cause` failed.
    pub fn skipped_by(check: Check, cause: Check) -> Self {
        Finding::skipped(check, format!("{} failed", cause.id()))
    }

    /// Whether the artifact must not be released because of this finding.
    pub fn is_error(&self) -> bool {
        self.check.severity() == Severity::Error && matches!(self.outcome, Outcome::Failed(_))
    }
}

/// The checks that [`Program::parse`] performs, in this order.
const PARSE_CHECKS: [Check; 3] = [Check::NotEmpty, Check::ElfFormat, Check::ProgramType];

/// The checks that need more than the content of the file, which the caller performs.
const CALLER_CHECKS: [Check; 3] = [Check::Name, Check::Exists, Check::Runs];

/// Performs all checks on `bytes`, in the order of [`Check::ALL`], except [`Check::Name`],
/// [`Check::Exists`] and [`Check::Runs`], which the caller performs.
///
/// Accepts untrusted input: it never panics, and uses no more memory than a small multiple of the input.
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

/// The finding of `check` if the file cannot be parsed as an ELF program.
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
    let to_message = |result: Result<(), CheckError>| result.map_err(|error| error.to_string());
    let result = match check {
        // The program was parsed, so these have passed.
        Check::NotEmpty | Check::ElfFormat => Ok(()),
        Check::Name | Check::Exists | Check::Runs => {
            return Finding::skipped(check, "performed by the caller");
        }
        Check::Machine => to_message(program.check_target(target)),
        Check::ProgramType => to_message(program.check_type().map(|_| ())),
        Check::Static => to_message(program.check_needs_nothing()),
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
        Check::Identity => check_identity(program, target, requirements.version.as_deref()),
        Check::Size => match requirements.budget {
            None => return Finding::skipped(check, "no size budget is set"),
            Some(budget) => check_size(program.bytes(), budget),
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
            | CheckError::WrongOsAbi { .. }
            | CheckError::SoftFloat(..) => Check::Machine,
            CheckError::NotProgram(_) | CheckError::SharedLibrary => Check::ProgramType,
            CheckError::Interpreter(_) | CheckError::Needed(_) => Check::Static,
        }
    }
}

fn check_identity(
    program: &Program<'_>,
    target: Target,
    version: Option<&str>,
) -> Result<(), String> {
    let metadata = metadata::read(program)
        .map_err(|error| error.to_string())?
        .ok_or_else(|| InspectError::NoMetadata.to_string())?;
    artifact::check_metadata(&metadata, target).map_err(|error| error.to_string())?;
    match version {
        Some(version) if version != metadata.version => Err(format!(
            "version mismatch in the metadata: expected {version}, got {}; build it from that version's sources",
            metadata.version
        )),
        _ => Ok(()),
    }
}

fn check_size(bytes: &[u8], budget: u64) -> Result<(), String> {
    let size = bytes.len() as u64;
    if size <= budget {
        return Ok(());
    }
    Err(format!(
        "too large: {size} bytes, {} more than the budget of {budget}; reduce the size, or raise the budget",
        size - budget
    ))
}

#[cfg(test)]
mod tests;
