//! The kernel command line, taken apart as the kernel does it.
//!
//! Source of the format: `next_arg()` in the kernel's `lib/cmdline.c` and
//! `Documentation/admin-guide/kernel-parameters.rst`. White space separates parameters unless it is
//! between double quotes; a value's own quotes, or those around a whole parameter, are dropped;
//! there is no way to escape a quote; `-` and `_` are the same in a name. What follows `--` is not
//! for the kernel, but arguments for init (`parse_args()` in `kernel/params.c`).

/// The parameters of a kernel command line in order: name, and value if there is a `=`.
///
/// Takes any text; a quote that is never closed reaches to the end. Names have `_` for `-`.
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
        let parameter = unquoted(parameter);
        match parameter.split_once('=') {
            Some((name, value)) => (normal(name), Some(unquoted(value))),
            None => (normal(parameter), None),
        }
    })
}

/// Without an opening quote, and then without a closing one.
fn unquoted(text: &str) -> &str {
    match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').unwrap_or(rest),
        None => text,
    }
}

/// The one spelling of a name.
pub(crate) fn normal(name: &str) -> String {
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
    fn plain_parameters() {
        check("", &[]);
        check(" \n\t ", &[]);
        check("quiet  a=b\n", &[("quiet", None), ("a", Some("b"))]);
        check("a=b=c a=", &[("a", Some("b=c")), ("a", Some(""))]);
        check("=b", &[("", Some("b"))]);
    }

    #[test]
    fn dashes_and_underscores_are_the_same_in_names() {
        check("a-b_c=d-e", &[("a_b_c", Some("d-e"))]);
    }

    #[test]
    fn what_is_for_init_is_left_alone() {
        check("a -- b=c", &[("a", None)]);
        check(
            "--a --=b c",
            &[("__a", None), ("__", Some("b")), ("c", None)],
        );
    }

    #[test]
    fn quotes_hold_values_together() {
        check(r#"a="b c" d"#, &[("a", Some("b c")), ("d", None)]);
        check(r#""a=b c" d"#, &[("a", Some("b c")), ("d", None)]);
        check(r#"a=b" c"d"#, &[("a", Some(r#"b" c"d"#))]);
        check(r#"a="" b"#, &[("a", Some("")), ("b", None)]);
    }

    #[test]
    fn odd_quotes_are_taken_as_they_come() {
        check(r#"a="b c"#, &[("a", Some("b c"))]);
        check(r#"""#, &[("", None)]);
        check(r#"a=""#, &[("a", Some(""))]);
        check(r#"""" b"#, &[(r#""" b"#, None)]);
    }
}
