//! Parses profiles, with the line and column of each mistake.

mod file;
mod probe;
mod scalars;
mod shape;

#[cfg(test)]
mod tests;

use crate::{ParseError, Profile};

/// The maximum size of a profile's file in bytes.
pub const MAX_SIZE: usize = 64 * 1024;

/// The maximum number of brackets and braces. The YAML parser's time grows with the square of how deep they
/// are nested.
const MAX_BRACKETS: usize = 1024;

pub(crate) fn parse(bytes: &[u8]) -> Result<Profile, ParseError> {
    if bytes.len() > MAX_SIZE {
        let message = format!("larger than {MAX_SIZE} bytes");
        return Err(error(1, 1, message));
    }
    let text = std::str::from_utf8(bytes).map_err(|invalid| {
        let valid = bytes.get(..invalid.valid_up_to()).unwrap_or_default();
        let message = "not valid UTF-8".to_owned();
        error_after(&String::from_utf8_lossy(valid), message)
    })?;
    // The YAML parser rejects these too, without line and column.
    if let Some((offset, found)) = text.char_indices().find(|found| is_forbidden(*found)) {
        let message = format!("forbidden character {found:?}");
        return Err(error_after(text.get(..offset).unwrap_or_default(), message));
    }
    if let Some((offset, _)) = text.match_indices(['[', '{']).nth(MAX_BRACKETS) {
        let message = format!("more than {MAX_BRACKETS} brackets and braces");
        return Err(error_after(text.get(..offset).unwrap_or_default(), message));
    }
    let parsed = shape::check(text).and_then(|()| serde_norway::from_str::<file::File>(text));
    parsed
        .map(Profile::from)
        .map_err(|error| located(text, &error))
}

fn located(text: &str, found: &serde_norway::Error) -> ParseError {
    let message = found.to_string();
    let Some(location) = found.location() else {
        // The only error of the YAML parser without a location that a text of this size can cause.
        let last = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.starts_with("---"));
        return match last.last() {
            Some((index, _)) if message.contains("more than one document") => {
                error(index + 1, 1, "more than one document".to_owned())
            }
            _ => error(1, 1, message),
        };
    };
    let (line, column) = (location.line(), location.column());
    let place = format!(" at line {line} column {column}");
    error(line, column, message.replacen(&place, "", 1))
}

fn error(line: usize, column: usize, message: String) -> ParseError {
    ParseError {
        line,
        column,
        message,
    }
}

/// Whether YAML does not allow the character at this offset.
fn is_forbidden((offset, character): (usize, char)) -> bool {
    match character {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{feff}' => offset > 0,
        '\u{fffe}' | '\u{ffff}' => true,
        _ => character.is_control(),
    }
}

/// An error at the end of a text.
fn error_after(text: &str, message: String) -> ParseError {
    let last = text.rsplit('\n').next().unwrap_or_default();
    let line = text.matches('\n').count() + 1;
    error(line, last.chars().count() + 1, message)
}
