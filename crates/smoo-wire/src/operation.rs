//! What a request does.

/// The operation of a [`Request`](crate::Request).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Operation {
    /// The host sends blocks.
    Read = 0,
    /// The device sends blocks.
    Write = 1,
    /// The host makes earlier writes durable.
    Flush = 2,
    /// The host may forget the content of blocks.
    Discard = 3,
}

/// The valid values, as a phrase that follows "expected".
pub(crate) const OPERATIONS: &str = "0 (read), 1 (write), 2 (flush) or 3 (discard)";

impl Operation {
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        [Self::Read, Self::Write, Self::Flush, Self::Discard]
            .into_iter()
            .find(|operation| *operation as u8 == code)
    }
}
