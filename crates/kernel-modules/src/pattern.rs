//! Shell patterns, which aliases and the module names of `softdep` lines may be.

/// Whether `name` matches `pattern`: fnmatch(3) without flags and without escapes and classes, which
/// depmod(8) does not write. `-` and `_` are equivalent outside of brackets, as in module names.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.as_bytes();
    let mut name = name.as_bytes();
    // After the last `*`: the rest of the pattern, and the rest of the name that it was tried on.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', after @ ..] = rest {
            rest = after;
            retry = Some((after, name));
            continue;
        }
        let Some((first, following)) = name.split_first() else {
            return rest.is_empty();
        };
        if let Some(after) = match_byte(rest, *first) {
            (rest, name) = (after, following);
            continue;
        }
        let Some((after, [_, shorter @ ..])) = retry else {
            return false;
        };
        (rest, name) = (after, shorter);
        retry = Some((after, shorter));
    }
}

/// Matches the first element of `pattern`, which is not a `*`; returns the rest of the pattern.
fn match_byte(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern {
        [b'?', rest @ ..] => Some(rest),
        [b'[', rest @ ..] => match_set(rest, byte),
        [literal, rest @ ..] => (normalize(*literal) == normalize(byte)).then_some(rest),
        [] => None,
    }
}

/// Matches a set such as `[0-9A-F]` or `[!a]`, without its opening bracket. An unclosed set matches
/// nothing.
fn match_set(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (is_negated, pattern) = match pattern {
        [b'!' | b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    // A `]` at the start is a member of the set.
    let end = 1 + pattern.get(1..)?.iter().position(|byte| *byte == b']')?;
    let (mut members, rest) = (pattern.get(..end)?, pattern.get(end + 1..)?);
    let mut is_member = false;
    while let [first, after @ ..] = members {
        let (last, after) = match after {
            [b'-', last, after @ ..] => (last, after),
            _ => (first, after),
        };
        is_member |= (*first..=*last).contains(&byte);
        members = after;
    }
    (is_member != is_negated).then_some(rest)
}

fn normalize(byte: u8) -> u8 {
    if byte == b'-' { b'_' } else { byte }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_fnmatch_does() {
        for (pattern, name) in [
            ("", ""),
            ("crypto-crc32c", "crypto_crc32c"),
            ("*", ""),
            ("*", "abc"),
            ("a*", "a"),
            ("a*c", "abcbc"),
            ("*b*d", "abcbd"),
            ("**a", "bca"),
            ("a?c", "abc"),
            ("[0-9A-F]", "C"),
            ("[]a]", "]"),
            ("[!0-9]x", "ax"),
            ("[a-]", "-"),
            (
                "pci:v00008086d*sv*sd*bc01sc06i01*",
                "pci:v00008086d00001F22sv0sd0bc01sc06i01",
            ),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("", "a"),
            ("a", ""),
            ("a", "ab"),
            ("ab", "a"),
            ("a*c", "abcb"),
            ("a?", "a"),
            ("[0-9A-F]", "G"),
            ("[!a]", "a"),
            ("[a", "a"),
            ("[", "["),
            ("[]", "]"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    /// Without backtracking to earlier stars, the time is at most pattern times name.
    #[test]
    fn many_stars_take_little_time() {
        let pattern = "a*".repeat(2000) + "b";
        assert!(!matches(&pattern, &"a".repeat(20_000)));
    }
}
