//! As much Starlark as MODULE.bazel takes: its calls, and its assignments of text to a name.
//!
//! Not the language. What matters is that no call is missed: every `name(` outside comments and strings is one, however deep it
//! is, and whoever uses this decides which names it knows.

use std::ops::Range;

use crate::Error;
use crate::text::line;

/// A string in the file, without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// What it says.
    pub value: String,
    /// Where that is in the file, in bytes, without the quotes.
    pub range: Range<usize>,
}

/// `name(…)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// With dots: `rust.toolchain`.
    pub name: String,
    /// The line of its name, from 1.
    pub line: usize,
    /// The arguments of the form `key = "text"`.
    pub texts: Vec<(String, Literal)>,
}

/// `NAME = "text"`, outside of all brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub name: String,
    pub text: Literal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(Literal),
    Mark(char),
}

/// What a file says.
#[derive(Debug)]
pub(crate) struct File {
    pub calls: Vec<Call>,
    pub assignments: Vec<Assignment>,
}

/// Reads the text of the file `path`. Fails on strings that do not end and on brackets that do not match.
pub(crate) fn parse(path: &str, text: &str) -> Result<File, Error> {
    let tokens = tokens(path, text)?;
    let depths = depths(path, text, &tokens)?;
    let mut file = File {
        calls: Vec::new(),
        assignments: Vec::new(),
    };
    for at in 0..tokens.len() {
        let here = |offset: usize| tokens.get(at + offset).map(|(_, token)| token);
        let Some(Token::Name(name)) = here(0) else {
            continue;
        };
        match (here(1), here(2)) {
            (Some(Token::Mark('(')), _) => file.calls.push(Call {
                name: dotted(&tokens, at),
                line: line(text, start(&tokens, at)),
                texts: texts(&tokens, &depths, at + 1),
            }),
            // What follows must not go on with the expression.
            (Some(Token::Mark('=')), Some(Token::Text(literal)))
                if depths.get(at) == Some(&0) && !matches!(here(3), Some(Token::Mark(_))) =>
            {
                file.assignments.push(Assignment {
                    name: name.clone(),
                    text: literal.clone(),
                });
            }
            _ => {}
        }
    }
    Ok(file)
}

type Tokens = [(usize, Token)];

fn start(tokens: &Tokens, at: usize) -> usize {
    tokens.get(at).map_or(0, |(start, _)| *start)
}

/// The name at `at` with what is before its dots. What is called on a string or on a result begins with the dot.
fn dotted(tokens: &Tokens, at: usize) -> String {
    let mut name = String::new();
    for (_, token) in tokens.iter().take(at + 1).rev() {
        match token {
            Token::Name(part) if name.is_empty() || name.starts_with('.') => {
                name.insert_str(0, part)
            }
            Token::Mark('.') if !name.starts_with('.') => name.insert(0, '.'),
            _ => break,
        }
    }
    name
}

/// The arguments `key = "text"` of the call whose bracket is at `open`.
fn texts(tokens: &Tokens, depths: &[usize], open: usize) -> Vec<(String, Literal)> {
    let depth = depths.get(open).map_or(1, |depth| depth + 1);
    let inside = tokens
        .iter()
        .zip(depths)
        .skip(open + 1)
        .take_while(|(_, d)| **d >= depth);
    let own: Vec<_> = inside
        .filter(|(_, d)| **d == depth)
        .map(|((_, token), _)| token)
        .collect();
    own.split(|token| **token == Token::Mark(','))
        .filter_map(|argument| match argument {
            [Token::Name(key), Token::Mark('='), Token::Text(literal)] => {
                Some((key.clone(), literal.clone()))
            }
            _ => None,
        })
        .collect()
}

/// How deep in brackets each token is; a bracket is as deep as what is around it.
fn depths(path: &str, text: &str, tokens: &Tokens) -> Result<Vec<usize>, Error> {
    let mut open = Vec::new();
    let mut depths = Vec::with_capacity(tokens.len());
    for (start, token) in tokens {
        let unmatched = || {
            Error::new(
                format!("{path}:{}", line(text, *start)),
                "brackets that do not match",
            )
        };
        match token {
            Token::Mark(mark @ ('(' | '[' | '{')) => {
                depths.push(open.len());
                open.push(*mark);
                continue;
            }
            Token::Mark(mark @ (')' | ']' | '}')) => match (open.pop(), mark) {
                (Some('('), ')') | (Some('['), ']') | (Some('{'), '}') => {}
                _ => return Err(unmatched()),
            },
            _ => {}
        }
        depths.push(open.len());
    }
    match open.is_empty() {
        true => Ok(depths),
        false => Err(Error::new(path, "brackets that do not end")),
    }
}

fn tokens(path: &str, text: &str) -> Result<Vec<(usize, Token)>, Error> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(first) = rest.chars().next() else {
            break;
        };
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => {
                let quote = if rest.starts_with(&String::from(first).repeat(3)) {
                    3
                } else {
                    1
                };
                let unended = || {
                    Error::new(
                        format!("{path}:{}", line(text, at)),
                        "a string that does not end",
                    )
                };
                let inside = string_length(rest.get(quote..).unwrap_or(""), first, quote)
                    .ok_or_else(unended)?;
                let range = at + quote..at + quote + inside;
                let value = text.get(range.clone()).unwrap_or("").to_owned();
                tokens.push((at, Token::Text(Literal { value, range })));
                quote + inside + quote
            }
            _ if is_word(first) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                tokens.push((at, Token::Name(rest.chars().take(length).collect())));
                length
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                tokens.push((at, Token::Mark(first)));
                first.len_utf8()
            }
        };
        at += length;
    }
    Ok(tokens)
}

/// Names, keywords and numbers.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Where the string ends that starts with `text`: at `quotes` times `quote`; one quote does not reach over lines.
fn string_length(text: &str, quote: char, quotes: usize) -> Option<usize> {
    let end = String::from(quote).repeat(quotes);
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if c == '\\' {
            is_escaped = true;
        } else if text.get(at..).is_some_and(|rest| rest.starts_with(&end)) {
            return Some(at);
        } else if c == '\n' && quotes == 1 {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_however_deep() {
        let text = r#"
"""f("no")"""
# g("no")
a.b(name = "x", list = [c(v = "y") for d in e], "z" = 1)
[["{}".format(1)], h().i(n = "it\"s"),]
"#;
        let names: Vec<_> = parse("f", text)
            .unwrap()
            .calls
            .into_iter()
            .map(|call| call.name)
            .collect();
        assert_eq!(names, ["a.b", "c", ".format", "h", ".i"]);
    }

    #[test]
    fn texts_are_those_of_the_call_itself() {
        let file = parse(
            "f",
            "\nf(a = \"1\", b = g(c = \"2\"), d = \"3\" + e, h = '4')\n",
        )
        .unwrap();
        let keys: Vec<_> = file.calls[0]
            .texts
            .iter()
            .map(|(key, text)| (key.as_str(), text.value.as_str()))
            .collect();
        assert_eq!(keys, [("a", "1"), ("h", "4")]);
        assert_eq!(file.calls[0].line, 2);
        assert_eq!(file.calls[0].texts[0].1.range, 8..9);
    }

    #[test]
    fn an_assignment_is_of_one_string_at_the_top() {
        let file = parse(
            "f",
            "A = \"1\"\nB = \"2\" + A\nC = D\nf(E = \"3\")\nG = \"4\"",
        )
        .unwrap();
        let names: Vec<_> = file
            .assignments
            .iter()
            .map(|assignment| assignment.name.as_str())
            .collect();
        assert_eq!(names, ["A", "G"]);
    }

    #[test]
    fn what_does_not_end_is_refused_with_its_line() {
        for (text, words) in [
            ("\n\"a\nb\"", "f:2: a string that does not end"),
            ("\"\"\"a", "f:1: a string"),
            ("f(", "f: brackets that do not end"),
            ("\nf(]", "f:2: brackets that do not match"),
            (")", "f:1: brackets that do not match"),
        ] {
            assert!(
                parse("f", text).unwrap_err().to_string().starts_with(words),
                "{text:?}"
            );
        }
    }
}
