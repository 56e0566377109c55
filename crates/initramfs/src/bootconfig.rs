//! The bootconfig at the end of an image.
//!
//! Source of the format: the kernel's `Documentation/admin-guide/bootconfig.rst`, and
//! `get_boot_config_from_initrd()` in its `init/main.c`.

/// What a bootconfig ends with, after its size and its checksum.
const MAGIC: &[u8] = b"#BOOTCONFIG\n";
/// The size in bytes of size, checksum and magic.
const FOOTER_SIZE: usize = 8 + MAGIC.len();
/// The kernel's limit for the text in bytes: `XBC_DATA_MAX` in `linux/bootconfig.h`.
const MAX_TEXT_SIZE: usize = (1 << 15) - 1;
/// The maximum number of bytes after the magic: boot loaders may align the size of the image.
const MAX_PADDING: usize = 3;

/// The number of bytes at the end of an image that [`bootconfig_size`] needs.
pub const MAX_BOOTCONFIG_SIZE: usize = MAX_TEXT_SIZE + FOOTER_SIZE + MAX_PADDING;

/// Returns the size in bytes of the bootconfig at the end of an image, with its footer and the padding
/// after it; `None` if there is none. The kernel reads archives only in front of it.
pub fn bootconfig_size(end: &[u8]) -> Option<usize> {
    (0..=MAX_PADDING).find_map(|padding| {
        let end = end.get(..end.len().checked_sub(padding)?)?;
        let end = end.strip_suffix(MAGIC)?;
        let (end, checksum) = end.split_last_chunk()?;
        let (end, size) = end.split_last_chunk()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
        let text = end.get(end.len().checked_sub(size)?..)?;
        let sum = text
            .iter()
            .fold(0_u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
        let is_valid = size <= MAX_TEXT_SIZE && sum == u32::from_le_bytes(*checksum);
        is_valid.then_some(size + FOOTER_SIZE + padding)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bootconfig(text: &[u8], checksum: u32) -> Vec<u8> {
        let mut bytes = text.to_vec();
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(checksum.to_le_bytes());
        bytes.extend(MAGIC);
        bytes
    }

    #[test]
    fn finds_the_bootconfig_at_the_end() {
        let mut image = b"archive".to_vec();
        image.extend(bootconfig(b"a=b\n", 97 + 61 + 98 + 10));
        for padding in 0..=4 {
            let expected = (padding < 4).then_some(24 + padding);
            assert_eq!(bootconfig_size(&image), expected, "{padding}");
            image.push(0);
        }
    }

    #[test]
    fn ignores_invalid_ones() {
        assert_eq!(bootconfig_size(b""), None);
        assert_eq!(bootconfig_size(MAGIC), None);
        assert_eq!(bootconfig_size(&bootconfig(b"a", 98)), None);
        let size = bootconfig(b"a", 97).len();
        assert_eq!(bootconfig_size(&bootconfig(b"a", 97)[1..]), None);
        assert_eq!(bootconfig_size(&bootconfig(b"a", 97)), Some(size));
        let long = vec![0; MAX_TEXT_SIZE + 1];
        assert_eq!(bootconfig_size(&bootconfig(&long, 0)), None);
    }
}
