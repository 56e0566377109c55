//! Edits of a program that change its bytes.

use std::fs;

use crate::{Error, Place};

/// Where a statement goes in.
const MAIN: &str = "fn main() -> ExitCode {\n";

impl Place {
    /// Lets a text into a program of the checkout, whose `main` is in `file`: it is in the program's bytes then, however that is
    /// optimized.
    ///
    /// # Errors
    /// There is no such file, or no `main` in it.
    pub fn put_into_program(&self, file: &str, text: &str) -> Result<(), Error> {
        let path = self.checkout().join(file);
        let source = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let edited = edited(&source, text).ok_or_else(|| Error::NoMain {
            path: path.clone(),
            line: MAIN,
        })?;
        fs::write(&path, edited).map_err(Error::file(path))
    }
}

fn edited(source: &str, text: &str) -> Option<String> {
    let (before, after) = source.split_once(MAIN)?;
    Some(format!(
        "{before}{MAIN}    std::hint::black_box({text:?});\n{after}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_goes_to_the_start_of_main() {
        let source = "fn a() {}\nfn main() -> ExitCode {\n    a()\n}\n";
        let expected = "fn a() {}\nfn main() -> ExitCode {\n    std::hint::black_box(\"a \\\"b\\\"\");\n    a()\n}\n";
        assert_eq!(edited(source, "a \"b\"").unwrap(), expected);
    }

    #[test]
    fn without_a_main_there_is_nothing_to_edit() {
        assert_eq!(edited("fn a() {}\n", "b"), None);
    }
}
