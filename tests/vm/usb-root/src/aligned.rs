//! Memory for direct I/O.

/// A multiple of every block size here.
const ALIGNMENT: usize = 4096;

/// A buffer whose address is a multiple of 4096, as direct I/O requires.
pub struct Aligned {
    memory: Vec<u8>,
    start: usize,
    length: usize,
}

impl Aligned {
    /// Of `length` bytes, all of them zero.
    pub fn new(length: usize) -> Self {
        let memory = vec![0; length + ALIGNMENT];
        let start = memory.as_ptr().align_offset(ALIGNMENT);
        Aligned {
            memory,
            start,
            length,
        }
    }

    pub fn bytes(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..self.start + self.length]
    }
}
