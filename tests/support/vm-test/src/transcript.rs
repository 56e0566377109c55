//! The console's output so far, compared with the expected and the forbidden texts.

/// The console's output, watched for expected and forbidden texts.
#[derive(Debug)]
pub struct Transcript<'a> {
    expect: Vec<&'a str>,
    forbid: Vec<&'a str>,
    text: Vec<u8>,
    /// How many of the expected texts were found.
    seen: usize,
    /// The offset at which the last of them ended.
    position: usize,
    /// The offset up to which no forbidden text was found.
    checked: usize,
}

impl<'a> Transcript<'a> {
    /// Expects the texts of `expect`, in this order, and none of `forbid`.
    pub fn new(expect: Vec<&'a str>, forbid: Vec<&'a str>) -> Self {
        Transcript {
            expect,
            forbid,
            text: Vec::new(),
            seen: 0,
            position: 0,
            checked: 0,
        }
    }

    /// Appends output.
    ///
    /// # Errors
    /// A complete line contains a forbidden text; the message contains the line.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.text.extend(bytes);
        let line = self.text.iter().rposition(|byte| *byte == b'\n');
        self.check(line.map_or(0, |end| end + 1))?;
        while let Some(expected) = self.missing() {
            let Some(at) = find(&self.text, self.position, expected) else {
                break;
            };
            self.position = at + expected.len();
            self.seen += 1;
        }
        Ok(())
    }

    /// Ends the output.
    ///
    /// # Errors
    /// The last line, which may be incomplete, contains a forbidden text.
    pub fn finish(&mut self) -> Result<(), String> {
        self.check(self.text.len())
    }

    /// Whether the output contains `text`.
    pub fn contains(&self, text: &str) -> bool {
        find(&self.text, 0, text).is_some()
    }

    /// Fails if the lines that end before the offset `end` contain a forbidden text.
    fn check(&mut self, end: usize) -> Result<(), String> {
        let text = self.text.get(..end).unwrap_or_default();
        for forbidden in &self.forbid {
            if let Some(at) = find(text, self.checked, forbidden) {
                let line = self.line_at(at);
                return Err(format!("forbidden output {forbidden:?}: {line}"));
            }
        }
        self.checked = self.checked.max(end);
        Ok(())
    }

    /// The next expected text that was not found yet, if any.
    pub fn missing(&self) -> Option<&'a str> {
        self.expect.get(self.seen).copied()
    }

    /// How many of the expected texts were found.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// The line at offset `at`, possibly incomplete.
    fn line_at(&self, at: usize) -> String {
        let mut begin = 0;
        for line in self.text.split_inclusive(|byte| *byte == b'\n') {
            if at < begin + line.len() {
                return String::from_utf8_lossy(line).trim().to_owned();
            }
            begin += line.len();
        }
        String::new()
    }
}

/// The offset of `text` in `bytes`, searched from `begin` on.
fn find(bytes: &[u8], begin: usize, text: &str) -> Option<usize> {
    let rest = bytes.get(begin..)?;
    let at = memchr::memmem::find(rest, text.as_bytes())?;
    Some(begin + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after<'a>(expect: &[&'a str], output: &[&str]) -> Option<&'a str> {
        let mut transcript = Transcript::new(expect.to_vec(), vec![]);
        for bytes in output {
            transcript.add(bytes.as_bytes()).unwrap();
        }
        transcript.missing()
    }

    #[test]
    fn requires_the_expected_order() {
        assert_eq!(after(&["a", "b"], &["a\nb\n"]), None);
        assert_eq!(after(&["a", "b"], &["b\na\n"]), Some("b"));
        assert_eq!(after(&["a", "a"], &["a\n"]), Some("a"));
        assert_eq!(after(&[], &[]), None);
    }

    #[test]
    fn finds_text_split_between_reads() {
        assert_eq!(after(&["debian login:"], &["debian lo", "gin: "]), None);
    }

    #[test]
    fn accepts_output_that_is_not_utf8() {
        let mut transcript = Transcript::new(vec!["done"], vec![]);
        transcript.add(b"\xff\xfe done").unwrap();
        assert_eq!(transcript.missing(), None);
    }

    #[test]
    fn reports_forbidden_output_with_its_line() {
        let mut transcript = Transcript::new(vec![], vec!["Kernel panic"]);
        transcript.add(b"[1.0] fine\n[2.0] Kernel pa").unwrap();
        transcript.add(b"nic: no").unwrap();
        let message = transcript.add(b" init\n[2.1] CPU").unwrap_err();
        let expected = "forbidden output \"Kernel panic\": [2.0] Kernel panic: no init";
        assert_eq!(message, expected);
    }

    #[test]
    fn finds_forbidden_output_in_an_incomplete_last_line() {
        let mut transcript = Transcript::new(vec![], vec!["Kernel panic"]);
        transcript.add(b"fine\n[2.0] Kernel panic").unwrap();
        assert!(transcript.finish().is_err());
    }
}
