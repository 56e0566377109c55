//! Modes of files as text.

/// Formats a mode like ls(1): the letter of the type, and the permissions in the lower 12 bits of `mode`.
pub fn format_mode(letter: char, mode: u32) -> String {
    let mut text = String::from(letter);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_modes_like_ls() {
        for (bits, letter, expected) in [
            (0o755, 'd', "drwxr-xr-x"),
            (0o4755, '-', "-rwsr-xr-x"),
            (0o7000, '?', "?--S--S--T"),
            (0o1777, 'd', "drwxrwxrwt"),
            (0o600, 'c', "crw-------"),
        ] {
            assert_eq!(format_mode(letter, bits), expected);
        }
    }
}
