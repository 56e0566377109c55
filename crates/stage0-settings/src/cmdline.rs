//! Parses the kernel command line like the kernel does.
//!
//! Source of the format: `next_arg()` in the kernel's `lib/cmdline.c` and
//! `Documentation/admin-guide/kernel-parameters.rst`. White space separates parameters unless it is
//! between double quotes; quotes around a value or around a whole parameter are removed; quotes cannot
//! be escaped; `-` and `_` are equivalent in names. What follows `--` are arguments for init
//! (`parse_args()` in `kernel/params.c`).

/// Returns the parameters of a kernel command line in order: the normalized name, and the value if
/// there is a `=`.
///
/// Accepts any text; an unclosed quote extends to the end. Normalized names have `_` for `-`.
pub fn parameters(line: &str) -> impl Iterator<Item = (String, Option<&str>)> {
    let mut quoted = false;
    line.split(move |character: char| {
        if character == '"' {
            quoted = !quoted;
        }
        character.is_ascii_whitespace() && !quoted
    })
    .filter(|parameter| !parameter.is_empty())
    .take_while(|parameter| *parameter != "--")
    .map(|parameter| {
        let parameter = unquote(parameter);
        match parameter.split_once('=') {
            Some((name, value)) => (normalize_name(name), Some(unquote(value))),
            None => (normalize_name(parameter), None),
        }
    })
}

/// Removes an opening quote and, only after one, a closing quote.
fn unquote(text: &str) -> &str {
    match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').unwrap_or(rest),
        None => text,
    }
}

/// Normalizes the name of a parameter or setting.
pub(crate) fn normalize_name(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &[(&str, Option<&str>)]) {
        let found: Vec<_> = parameters(line).collect();
        let found: Vec<_> = found
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        assert_eq!(found, expected, "{line:?}");
    }

    #[test]
    fn splits_at_white_space() {
        check("", &[]);
        check(" \n\t ", &[]);
        check("quiet  a=b\n", &[("quiet", None), ("a", Some("b"))]);
        check("a=b=c a=", &[("a", Some("b=c")), ("a", Some(""))]);
        check("=b", &[("", Some("b"))]);
    }

    #[test]
    fn replaces_dashes_in_names() {
        check("a-b_c=d-e", &[("a_b_c", Some("d-e"))]);
    }

    #[test]
    fn ignores_arguments_for_init() {
        check("a -- b=c", &[("a", None)]);
        check(
            "--a --=b c",
            &[("__a", None), ("__", Some("b")), ("c", None)],
        );
    }

    #[test]
    fn quoted_values_may_contain_spaces() {
        check(r#"a="b c" d"#, &[("a", Some("b c")), ("d", None)]);
        check(r#""a=b c" d"#, &[("a", Some("b c")), ("d", None)]);
        check(r#"a=b" c"d"#, &[("a", Some(r#"b" c"d"#))]);
        check(r#"a="" b"#, &[("a", Some("")), ("b", None)]);
    }

    #[test]
    fn accepts_unbalanced_quotes() {
        check(r#"a="b c"#, &[("a", Some("b c"))]);
        check(r#"""#, &[("", None)]);
        check(r#"a=""#, &[("a", Some(""))]);
        check(r#"""" b"#, &[(r#""" b"#, None)]);
    }
}
