use super::*;

fn decode(hex: &str, limit: usize) -> Option<Vec<u8>> {
    decode_bytes(&bytes(hex), limit)
}

fn decode_bytes(input: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut output = vec![0xee; limit];
    let length = decompress(input, &mut output)?;
    output.truncate(length);
    Some(output)
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

/// What liblzo2's lzo1x_999 made of them, through `mksquashfs -comp lzo`.
fn vectors() -> Vec<(Vec<u8>, &'static str)> {
    let fox = b"The quick brown fox jumps over the lazy dog. The quick brown fox jumps over the lazy cat.";
    let numbers: String = (0..120).map(|number| format!("{number} ")).collect();
    vec![
        (b"abc".repeat(20), "1461626320180800110000"),
        (b"a".repeat(1000), "126120000000c90000110000"),
        (
            fox.to_vec(),
            "3154686520717569636b2062726f776e20666f78206a756d7073206f76657220745803076c617a7920646f672e202007b0\
             00016361742e110000",
        ),
        (
            numbers.into_bytes(),
            "26302031203220332034203520362037203820392031510231090032090033090034090035090036090037090038090039\
             070b3020324d06320900330900340900350900360900370900380900390512300b00312033490a33090034090035090036\
             0900370900380900390519300900310b00322034450e340900350900360900370900380900390520300900310900320b00\
             3320354112350900360900370900380900390527300900310900320900330b003420365d15360900370900380900390\
             52e300900310900320900330900340b003520375919370900380900390535300900310900320900330900340900350b0036\
             2038551d38090039053c300900310900320900330900340900350900360b00372039502174215921305d21304122304522\
             304922304d22305122305522305922305c0498265c046027642768276c277027742778275c27110000",
        ),
    ]
}

#[test]
fn decompresses_what_liblzo_compressed() {
    for (expected, hex) in vectors() {
        assert_eq!(decode(hex, expected.len()).unwrap(), expected);
        assert_eq!(decode(hex, expected.len() + 9).unwrap(), expected);
    }
}

/// The instructions 0 to 15 after each number of literals, with streams that are assembled by hand.
#[test]
fn the_last_literals_decide_on_the_meaning_of_an_instruction() {
    // 3 + 15 + 255 * 8 + 246 literals, which are a long run: 3 bytes from 4 + 1 + 2049 back.
    let literals: Vec<u8> = (0..2304_u32).map(|at| (at * 7 / 3) as u8).collect();
    let mut input = bytes("000000000000000000f6");
    input.extend(&literals);
    input.extend(bytes("0401110000"));
    let start = 2304 - (4 + 1 + 2049);
    let expected = [&literals[..], &literals[start..start + 3]].concat();
    assert_eq!(decode_bytes(&input, 4000).unwrap(), expected);

    // 5 literals. 0x41 00: 3 bytes from 1 back, and 1 literal. 0x0d 00: 2 bytes from 4 back, and 1 literal.
    let near = "1661626364654100660d0067110000";
    assert_eq!(decode(near, 40).unwrap(), b"abcdeeeefeeg");

    // 3 literals, a match of 5 bytes without, and a run of 4 literals.
    let run = "14616263800001646566671100 00".replace(' ', "");
    assert_eq!(decode(&run, 40).unwrap(), b"abccccccdefg");
}

#[test]
fn decompresses_matches_from_the_greatest_distance() {
    // 40,000 bytes, then 0001HLLL with 7 bytes from 16384 + 16384 + 100 back.
    let literals: Vec<u8> = (0..40_000_u32).map(|at| (at * 7 / 3) as u8).collect();
    let mut input = vec![0];
    let count = 40_000 - 18;
    input.extend(vec![0; (count - 1) / 255]);
    input.push(((count - 1) % 255 + 1) as u8);
    input.extend(&literals);
    input.extend(bytes("1d9001110000"));
    let start = 40_000 - 32_868;
    let expected = [&literals[..], &literals[start..start + 7]].concat();
    assert_eq!(decode_bytes(&input, 40_007).unwrap(), expected);
}

#[test]
fn rejects_invalid_input() {
    for (expected, hex) in vectors() {
        let input = bytes(hex);
        assert_eq!(decode_bytes(&input, expected.len() - 1), None, "too long");
        assert_eq!(decode_bytes(&[&input[..], b"x"].concat(), 2000), None);
        for length in 0..input.len() {
            assert_eq!(decode_bytes(&input[..length], 2000), None, "{length}");
        }
        for position in 0..input.len() {
            let mut damaged = input.clone();
            damaged[position] ^= 0x5a;
            let _ = decode_bytes(&damaged, 2000);
        }
    }
    // A match before the beginning, and an end whose length is not 3.
    assert_eq!(decode("14616263200008110000", 100), None);
    assert_eq!(decode("120000", 100), None);
}
