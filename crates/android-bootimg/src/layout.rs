//! Where the parts are in an image.

use crate::Part;

/// The place of a part in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartRange {
    /// The part.
    pub part: Part,
    /// The offset in bytes from the beginning of the image.
    pub offset: u64,
    /// The size in bytes, without the padding after it.
    pub size: u32,
}

/// The places of all parts in an image; parts that it lacks have 0 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    ranges: [PartRange; 6],
    size: u64,
}

impl Layout {
    /// Places the parts one after the other, each at a multiple of `page_size` bytes; the header has the
    /// first page.
    pub(crate) fn new(page_size: u32, size: impl Fn(Part) -> u32) -> Self {
        let page = u64::from(page_size);
        // Six sizes of 32 bits fit 64 bits.
        let mut offset = page;
        let ranges = Part::ALL.map(|part| {
            let size = size(part);
            let range = PartRange { part, offset, size };
            offset += u64::from(size).next_multiple_of(page);
            range
        });
        Layout {
            ranges,
            size: offset,
        }
    }

    /// The size of the image in bytes, with the padding after the last part.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Returns the place of a part that the image contains.
    pub(crate) fn range(&self, part: Part) -> Option<PartRange> {
        self.ranges().find(|range| range.part == part)
    }

    /// Returns the places of the parts that the image contains, in order.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = PartRange> {
        self.ranges.iter().filter(|range| range.size > 0).copied()
    }

    /// Returns the size of a part in bytes, 0 if the image lacks it.
    pub(crate) fn part_size(&self, part: Part) -> u32 {
        self.range(part).map_or(0, |range| range.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_parts_at_multiples_of_the_page_size() {
        let layout = Layout::new(2048, |part| match part {
            Part::Kernel => 2048,
            Part::Ramdisk => 1,
            Part::Dtb => 2049,
            _ => 0,
        });
        let places: Vec<_> = layout
            .ranges()
            .map(|range| (range.part, range.offset, range.size))
            .collect();
        assert_eq!(
            places,
            [
                (Part::Kernel, 2048, 2048),
                (Part::Ramdisk, 4096, 1),
                (Part::Dtb, 6144, 2049)
            ]
        );
        assert_eq!(layout.size(), 10240);
        assert_eq!(layout.part_size(Part::Second), 0);
    }

    #[test]
    fn the_largest_sizes_fit() {
        let layout = Layout::new(16384, |_| u32::MAX);
        assert_eq!(layout.size(), 16384 + (6 << 32));
    }
}
