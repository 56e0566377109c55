//! What a machine has said so far, and what of the expected texts was in it.

/// The console's text, watched for texts.
#[derive(Debug)]
pub struct Transcript<'a> {
    expect: Vec<&'a str>,
    forbid: Vec<&'a str>,
    text: Vec<u8>,
    /// How many of the expected texts have come.
    seen: usize,
    /// Where the last of them ended.
    position: usize,
}

impl<'a> Transcript<'a> {
    /// Watches for `expect`, in this order, and for any of `forbid`.
    pub fn new(expect: Vec<&'a str>, forbid: Vec<&'a str>) -> Self {
        Transcript {
            expect,
            forbid,
            text: Vec::new(),
            seen: 0,
            position: 0,
        }
    }

    /// Takes what the machine has said since the last time.
    ///
    /// # Errors
    /// Something forbidden is in it; the message has the whole line.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), String> {
        // A text may have begun in what came before, but no text goes over the end of a line.
        let line = self.text.iter().rposition(|byte| *byte == b'\n');
        let begin = line.map_or(0, |end| end + 1);
        self.text.extend(bytes);
        for forbidden in &self.forbid {
            if let Some(at) = find(&self.text, begin, forbidden) {
                let line = self.line_at(at);
                return Err(format!("it must not say {forbidden:?}, but said: {line}"));
            }
        }
        while let Some(expected) = self.missing() {
            let Some(at) = find(&self.text, self.position, expected) else {
                break;
            };
            self.position = at + expected.len();
            self.seen += 1;
        }
        Ok(())
    }

    /// The expected text that has to come next, if one is missing.
    pub fn missing(&self) -> Option<&'a str> {
        self.expect.get(self.seen).copied()
    }

    /// The line that has the byte `at`, as far as it has come.
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

/// Where `text` is in `bytes`, from `begin` on.
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
    fn all_has_to_come_in_order() {
        assert_eq!(after(&["a", "b"], &["a\nb\n"]), None);
        assert_eq!(after(&["a", "b"], &["b\na\n"]), Some("b"));
        assert_eq!(after(&["a", "a"], &["a\n"]), Some("a"));
        assert_eq!(after(&[], &[]), None);
    }

    #[test]
    fn a_text_may_come_in_pieces_and_without_the_end_of_its_line() {
        assert_eq!(after(&["debian login:"], &["debian lo", "gin: "]), None);
    }

    #[test]
    fn what_is_no_utf8_is_no_obstacle() {
        let mut transcript = Transcript::new(vec!["done"], vec![]);
        transcript.add(b"\xff\xfe done").unwrap();
        assert_eq!(transcript.missing(), None);
    }

    #[test]
    fn what_is_forbidden_is_an_error_with_its_line() {
        let mut transcript = Transcript::new(vec![], vec!["Kernel panic"]);
        transcript.add(b"[1.0] fine\n[2.0] Kernel pa").unwrap();
        let message = transcript.add(b"nic: no init\n[2.1] CPU").unwrap_err();
        let expected = "it must not say \"Kernel panic\", but said: [2.0] Kernel panic: no init";
        assert_eq!(message, expected);
    }
}
