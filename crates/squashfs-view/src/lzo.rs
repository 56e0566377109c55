//! Decompresses LZO1X, as the kernel's `Documentation/staging/lzo.rst` describes it (version 0).
//!
//! Own code, because the crates for it are licensed under GPL-2.0-only or wrap C.

/// Literals that an instruction copies before the next one: 0 to 3, or this for a longer run. It decides
/// what the instructions 0 to 15 mean.
const LONG_RUN: usize = 4;

/// Decompresses `input` into `output`, and returns the number of bytes; `None` if the input is invalid, or
/// has more than `output.len()` bytes.
pub(crate) fn decompress(input: &[u8], output: &mut [u8]) -> Option<usize> {
    let mut lzo = Lzo {
        input,
        output,
        length: 0,
    };
    let mut state = lzo.first_literals()?;
    loop {
        let instruction = usize::from(lzo.byte()?);
        let (length, distance, literals) = match instruction {
            0..=15 if state == 0 => {
                let length = 3 + lzo.run_length(instruction, 15)?;
                lzo.copy_literals(length)?;
                state = LONG_RUN;
                continue;
            }
            0..=15 => {
                let (length, nearest) = if state == LONG_RUN { (3, 2049) } else { (2, 1) };
                let distance = usize::from(lzo.byte()?) << 2;
                (length, distance + (instruction >> 2) + nearest, instruction)
            }
            16..=31 => {
                let length = 2 + lzo.run_length(instruction & 7, 7)?;
                let operand = lzo.u16()?;
                let distance = ((instruction & 8) << 11) + (operand >> 2);
                if distance == 0 {
                    return (length == 3 && lzo.input.is_empty()).then_some(lzo.length);
                }
                (length, distance + 16384, operand)
            }
            32..=63 => {
                let length = 2 + lzo.run_length(instruction & 31, 31)?;
                let operand = lzo.u16()?;
                (length, (operand >> 2) + 1, operand)
            }
            _ => {
                let length = if instruction < 128 {
                    3 + ((instruction >> 5) & 1)
                } else {
                    5 + ((instruction >> 5) & 3)
                };
                let distance = usize::from(lzo.byte()?) << 3;
                (length, distance + ((instruction >> 2) & 7) + 1, instruction)
            }
        };
        lzo.copy_match(distance, length)?;
        state = literals & 3;
        lzo.copy_literals(state)?;
    }
}

struct Lzo<'a> {
    /// What is left of it.
    input: &'a [u8],
    output: &'a mut [u8],
    /// The number of bytes of `output` that are written.
    length: usize,
}

impl Lzo<'_> {
    /// Copies the literals that a first byte above 17 announces, and returns the state.
    fn first_literals(&mut self) -> Option<usize> {
        let count = usize::from(*self.input.first()?).saturating_sub(17);
        if count > 0 {
            self.byte()?;
            self.copy_literals(count)?;
        }
        Some(count.min(LONG_RUN))
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.input.split_first()?;
        self.input = rest;
        Some(*first)
    }

    fn u16(&mut self) -> Option<usize> {
        let bytes = [self.byte()?, self.byte()?];
        Some(usize::from(u16::from_le_bytes(bytes)))
    }

    /// Returns a length whose field in the instruction has the maximum value `mask`; zero means that bytes
    /// follow which are added to the maximum.
    fn run_length(&mut self, field: usize, mask: usize) -> Option<usize> {
        if field != 0 {
            return Some(field);
        }
        let mut length = mask;
        loop {
            match self.byte()? {
                0 => length += 255,
                last => return Some(length + usize::from(last)),
            }
        }
    }

    fn copy_literals(&mut self, count: usize) -> Option<()> {
        let (literals, rest) = self.input.split_at_checked(count)?;
        let end = self.length.checked_add(count)?;
        self.output
            .get_mut(self.length..end)?
            .copy_from_slice(literals);
        self.input = rest;
        self.length = end;
        Some(())
    }

    /// Copies from what is written already; source and target overlap where the distance is smaller than
    /// the length.
    fn copy_match(&mut self, distance: usize, length: usize) -> Option<()> {
        let start = self.length.checked_sub(distance)?;
        let end = self.length.checked_add(length)?;
        if distance >= length {
            self.output.get(..end)?;
            self.output.copy_within(start..start + length, self.length);
        } else {
            let area = self.output.get_mut(start..end)?;
            for position in distance..area.len() {
                let byte = area.get(position - distance).copied()?;
                *area.get_mut(position)? = byte;
            }
        }
        self.length = end;
        Some(())
    }
}

#[cfg(test)]
mod tests;
