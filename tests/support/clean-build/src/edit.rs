//! Source edits that change the bytes of a program.

use std::fs;

use crate::{BuildDir, Error};

/// The line after which the statement is inserted.
const MAIN: &str = "fn main() -> ExitCode {\n";

impl BuildDir {
    /// Inserts a string into the `main` of a program in the checkout. `black_box` keeps it in the binary in spite of optimization.
    ///
    /// # Errors
    /// `file` cannot be read or written, or does not contain the expected `main`.
    pub fn edit_program(&self, file: &str, text: &str) -> Result<(), Error> {
        let path = self.checkout().join(file);
        let source = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let edited = insert_into_main(&source, text).ok_or_else(|| Error::MissingMain {
            path: path.clone(),
            line: MAIN,
        })?;
        fs::write(&path, edited).map_err(Error::file(path))
    }
}

fn insert_into_main(source: &str, text: &str) -> Option<String> {
    let (before, after) = source.split_once(MAIN)?;
    Some(format!(
        "{before}{MAIN}    std::hint::black_box({text:?});\n{after}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inserts_at_the_start_of_main() {
        let source = "fn a() {}\nfn main() -> ExitCode {\n    a()\n}\n";
        let expected = "fn a() {}\nfn main() -> ExitCode {\n    std::hint::black_box(\"a \\\"b\\\"\");\n    a()\n}\n";
        assert_eq!(insert_into_main(source, "a \"b\"").unwrap(), expected);
    }

    #[test]
    fn rejects_a_source_without_main() {
        assert_eq!(insert_into_main("fn a() {}\n", "b"), None);
    }
}
