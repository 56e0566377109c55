//! Compares versions as the UAPI Group's Version Format Specification (UAPI.10) defines it.

use std::cmp::Ordering;

/// Compares two versions: `Greater` means that `one` is newer.
pub fn compare(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    loop {
        one = skip(one, |byte| !has_meaning(byte));
        other = skip(other, |byte| !has_meaning(byte));
        let ordering = compare_mark(b'~', Ordering::Less, &mut one, &mut other);
        if ordering != Ordering::Equal {
            return ordering;
        }
        if one.is_empty() || other.is_empty() {
            return one.len().cmp(&other.len());
        }
        let ordering = compare_mark(b'-', Ordering::Less, &mut one, &mut other)
            .then_with(|| compare_mark(b'^', Ordering::Greater, &mut one, &mut other))
            .then_with(|| compare_mark(b'.', Ordering::Less, &mut one, &mut other))
            .then_with(|| compare_part(&mut one, &mut other));
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

/// Compares two kernel releases like [`compare()`], except that a release candidate of the kernel, such as
/// `6.12.0-rc3`, is older than `6.12.0`.
pub fn compare_releases(one: &str, other: &str) -> Ordering {
    compare(&mark_candidate(one), &mark_candidate(other))
}

fn mark_candidate(release: &str) -> String {
    match release.split_once("-rc") {
        Some((base, rest)) if starts_with_digit(rest.as_bytes()) => format!("{base}~rc{rest}"),
        _ => release.to_owned(),
    }
}

/// Removes `mark` from the beginning of both; `with_mark` is the order of the one that has it alone.
fn compare_mark(mark: u8, with_mark: Ordering, one: &mut &[u8], other: &mut &[u8]) -> Ordering {
    match (one.strip_prefix(&[mark]), other.strip_prefix(&[mark])) {
        (Some(rest), Some(other_rest)) => {
            (*one, *other) = (rest, other_rest);
            Ordering::Equal
        }
        (None, None) => Ordering::Equal,
        (Some(_), None) => with_mark,
        (None, Some(_)) => with_mark.reverse(),
    }
}

/// Removes the number or word at the beginning of both, and compares it.
fn compare_part(one: &mut &[u8], other: &mut &[u8]) -> Ordering {
    let is_number = starts_with_digit(one) || starts_with_digit(other);
    let belongs = if is_number {
        u8::is_ascii_digit
    } else {
        u8::is_ascii_alphabetic
    };
    let (part, rest) = split(one, |byte| belongs(&byte));
    let (other_part, other_rest) = split(other, |byte| belongs(&byte));
    (*one, *other) = (rest, other_rest);
    if is_number {
        compare_numbers(part, other_part)
    } else {
        part.cmp(other_part)
    }
}

fn compare_numbers(one: &[u8], other: &[u8]) -> Ordering {
    let one = skip(one, |byte| byte == b'0');
    let other = skip(other, |byte| byte == b'0');
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

fn has_meaning(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.~^".contains(&byte)
}

fn starts_with_digit(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_digit)
}

fn skip(bytes: &[u8], skipped: impl Fn(u8) -> bool) -> &[u8] {
    split(bytes, skipped).1
}

/// Splits after the leading bytes that `belongs` accepts.
fn split(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| !belongs(*byte));
    bytes.split_at(end.unwrap_or(bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_the_examples_of_the_specification() {
        for (one, ordering, other) in [
            ("11", Ordering::Equal, "11"),
            ("systemd-123", Ordering::Equal, "systemd-123"),
            ("bar-123", Ordering::Less, "foo-123"),
            ("123a", Ordering::Greater, "123"),
            ("123.a", Ordering::Greater, "123"),
            ("123.a", Ordering::Less, "123.b"),
            ("123a", Ordering::Greater, "123.a"),
            ("11α", Ordering::Equal, "11β"),
            ("B", Ordering::Less, "a"),
            ("", Ordering::Less, "0"),
            ("0.", Ordering::Greater, "0"),
            ("0.0", Ordering::Greater, "0"),
            ("0", Ordering::Greater, "~"),
            ("", Ordering::Greater, "~"),
            ("1_", Ordering::Equal, "1"),
            ("_1", Ordering::Equal, "1"),
            ("1_", Ordering::Less, "1.2"),
            ("1_2_3", Ordering::Greater, "1.3.3"),
            ("1+", Ordering::Equal, "1"),
            ("+1", Ordering::Equal, "1"),
            ("1+", Ordering::Less, "1.2"),
            ("1+2+3", Ordering::Greater, "1.3.3"),
        ] {
            assert_eq!(compare(one, other), ordering, "{one:?} {other:?}");
            assert_eq!(compare(other, one), ordering.reverse(), "{other:?} {one:?}");
        }
    }

    #[test]
    fn orders_releases_of_kernels() {
        let newest_last = [
            "5.10.0",
            "6.1.0-9-arm64",
            "6.1.0-57-arm64",
            "6.12~rc3-arm64",
            "6.12.0-rc3",
            "6.12.0-rc10-next",
            "6.12.0",
            "6.12.0-0-lts",
            "6.12.1",
            "7.2.12+deb14-arm64",
            "100000000000000000000000000000001.0",
        ];
        for pair in newest_last.windows(2) {
            assert_eq!(
                compare_releases(pair[0], pair[1]),
                Ordering::Less,
                "{pair:?}"
            );
        }
    }

    #[test]
    fn long_strings_end() {
        let long = "~-^.".repeat(100_000);
        assert_eq!(compare(&long, &long), Ordering::Equal);
    }
}
