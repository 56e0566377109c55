//! The frame format of lz4: `doc/lz4_Frame_format.md` in lz4's repository.

use std::io::{self, BufRead, Read};

use lz4_flex::frame::FrameDecoder;

use crate::member::Member;
use crate::source::Source;

/// A reader of one frame, with its checksums.
pub(crate) struct Lz4Reader<R: BufRead>(FrameDecoder<Source<R>>);

impl<R: BufRead> Lz4Reader<R> {
    pub(crate) fn new(source: Source<R>) -> Self {
        Lz4Reader(FrameDecoder::new(source))
    }
}

impl<R: BufRead> Read for Lz4Reader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(bytes)?;
        // The decoder also ends where the source ends between two blocks.
        if count == 0 && !bytes.is_empty() && self.0.get_ref().is_at_end() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(count)
    }
}

impl<R: BufRead> Member<R> for Lz4Reader<R> {
    fn into_source(self: Box<Self>) -> Source<R> {
        self.0.into_inner()
    }
}
