//! Short names in code page 437, the kernel's default (`CONFIG_FAT_DEFAULT_CODEPAGE`).

/// The characters from 0x80 on. Source: Unicode's mapping table `CP437.TXT`.
const UPPER_HALF: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', //
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', '¢', '£', '¥', '₧', 'ƒ', //
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '⌐', '¬', '½', '¼', '¡', '«', '»', //
    '░', '▒', '▓', '│', '┤', '╡', '╢', '╖', '╕', '╣', '║', '╗', '╝', '╜', '╛', '┐', //
    '└', '┴', '┬', '├', '─', '┼', '╞', '╟', '╚', '╔', '╩', '╦', '╠', '═', '╬', '╧', //
    '╨', '╤', '╥', '╙', '╘', '╒', '╓', '╫', '╪', '┘', '┌', '█', '▄', '▌', '▐', '▀', //
    'α', 'ß', 'Γ', 'π', 'Σ', 'σ', 'µ', 'τ', 'Φ', 'Θ', 'Ω', 'δ', '∞', 'φ', 'ε', '∩', //
    '≡', '±', '≥', '≤', '⌠', '⌡', '÷', '≈', '°', '∙', '·', '√', 'ⁿ', '²', '■', '\u{a0}',
];

/// Decodes a part of a short name, without the spaces that fill it up.
pub(crate) fn decode(bytes: &[u8], is_lower: bool) -> String {
    let name = bytes.trim_ascii_end().iter().map(|byte| {
        let index = byte.checked_sub(0x80).map(usize::from);
        let upper = index.and_then(|index| UPPER_HALF.get(index));
        upper.copied().unwrap_or(char::from(*byte))
    });
    if is_lower {
        name.map(lower_case).collect()
    } else {
        name.collect()
    }
}

/// Returns the name as lookups compare it: upper case, without dots at the end, which the kernel ignores.
pub(crate) fn fold(name: &str) -> String {
    name.trim_end_matches('.').chars().map(upper_case).collect()
}

fn lower_case(letter: char) -> char {
    single(letter.to_lowercase()).unwrap_or(letter)
}

fn upper_case(letter: char) -> char {
    single(letter.to_uppercase()).unwrap_or(letter)
}

/// The only item. Cases of several letters, such as that of ß, are not used in file names.
fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let letter = letters.next();
    letters.next().map_or(letter, |_| None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_code_page_437() {
        assert_eq!(decode(b"KERNEL  ", false), "KERNEL");
        assert_eq!(decode(b"A B     ", true), "a b");
        assert_eq!(decode(&[0x80, 0x9a, 0xe1, 0xff], false), "ÇÜß\u{a0}");
        assert_eq!(decode(&[0x80, 0x9a], true), "çü");
        assert_eq!(
            UPPER_HALF.iter().filter(|letter| letter.is_ascii()).count(),
            0
        );
    }

    #[test]
    fn folds_case() {
        assert_eq!(fold("Vmlinuz-ü.img.."), "VMLINUZ-Ü.IMG");
        assert_eq!(fold("Straße"), "STRAßE");
    }
}
