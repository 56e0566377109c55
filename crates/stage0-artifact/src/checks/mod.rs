//! All that can be known of an artifact before it is released, check by check.
//!
//! One broken property is one failed check. What cannot be looked at any more because of it is
//! skipped and says so: nothing passes that was not looked at. The first checks are those of
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

/// What an artifact is measured against, besides its target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The version it should have; without one, any will do.
    pub version: Option<String>,
    /// The most bytes it may have; without a number its size is not checked.
    pub budget: Option<u64>,
    /// Texts that must not be in it, such as the user's name, besides the paths of build machines.
    pub forbidden: Vec<String>,
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "lowercase")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold: what was found, and what to do.
    Failed(String),
    /// It was not made, for this reason.
    Skipped(String),
}

impl Finding {
    /// `check`, made: an error says why it failed.
    pub fn new(check: Check, result: Result<(), String>) -> Self {
        let outcome = match result {
            Ok(()) => Outcome::Passed,
            Err(reason) => Outcome::Failed(reason),
        };
        Finding { check, outcome }
    }

    /// `check`, not made.
    pub fn skipped(check: Check, reason: impl Into<String>) -> Self {
        let outcome = Outcome::Skipped(reason.into());
        Finding { check, outcome }
    }

    /// `check`, not made because `cause` did not hold.
    pub fn skipped_by(check: Check, cause: Check) -> Self {
        Finding::skipped(check, format!("{} failed", cause.id()))
    }

    /// Does it forbid a release?
    pub fn is_error(&self) -> bool {
        self.check.severity() == Severity::Error && matches!(self.outcome, Outcome::Failed(_))
    }
}

/// The checks that [`Program::parse`] makes, in its order.
const PARSED: [Check; 3] = [Check::NotEmpty, Check::ElfFormat, Check::ProgramType];

/// The checks that take more than the file's bytes: they are the caller's.
const OF_THE_CALLER: [Check; 3] = [Check::Name, Check::Exists, Check::Runs];

/// Makes every check on `bytes`, in the order of [`Check::ALL`], but those of name, presence and
/// running.
///
/// Never panics, whatever the bytes are, and takes no more memory than a small multiple of them.
pub fn run(bytes: &[u8], target: Target, wanted: &Wanted) -> Vec<Finding> {
    let parsed = Program::parse(bytes);
    Check::ALL
        .into_iter()
        .filter(|check| !OF_THE_CALLER.contains(check))
        .map(|check| match &parsed {
            Ok(program) => finding(check, program, target, wanted),
            Err(error) => unreadable(check, error),
        })
        .collect()
}

/// What comes of `check` when the file could not be read as an ELF program.
fn unreadable(check: Check, error: &CheckError) -> Finding {
    let failed = error.check();
    if check == failed {
        return Finding::new(check, Err(error.to_string()));
    }
    let before = PARSED.into_iter().take_while(|parsed| *parsed != failed);
    if before.into_iter().any(|parsed| parsed == check) {
        return Finding::new(check, Ok(()));
    }
    Finding::skipped_by(check, failed)
}

fn finding(check: Check, program: &Program<'_>, target: Target, wanted: &Wanted) -> Finding {
    let basic = |result: Result<(), CheckError>| result.map_err(|error| error.to_string());
    let result = match check {
        // There is a program, so it has been read.
        Check::NotEmpty | Check::ElfFormat => Ok(()),
        Check::Name | Check::Exists | Check::Runs => {
            return Finding::skipped(check, "not made here");
        }
        Check::Machine => basic(program.check_target(target)),
        Check::ProgramType => basic(program.check_type().map(|_| ())),
        Check::Static => basic(program.check_needs_nothing()),
        Check::UndefinedSymbols => symbols::defined(program),
        Check::Segments => segments::ordered(program),
        Check::EntryPoint => segments::entry_point(program),
        Check::WxSegments => segments::write_or_execute(program),
        Check::ExecStack => segments::stack(program),
        Check::Relro => segments::relro(program),
        Check::PageAlignment => segments::page_alignment(program, target),
        Check::Stripped => sections::stripped(program),
        Check::Paths => paths::absent(program.bytes(), &wanted.forbidden),
        Check::Identity if program.check_target(target).is_err() => {
            return Finding::skipped_by(check, Check::Machine);
        }
        Check::Identity => identity(program, target, wanted.version.as_deref()),
        Check::Size => match wanted.budget {
            None => return Finding::skipped(check, "there is no budget"),
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
        .ok_or("carries no package metadata note; name the stage0 artifact, built from stage0/")?;
    artifact::agrees(&metadata, target).map_err(|error| error.to_string())?;
    match version {
        Some(version) if version != metadata.version => Err(format!(
            "says that its version is {}, not {version}; build it from that version's sources",
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
