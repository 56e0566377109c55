//! What a transport may send.

/// The bytes that a transport sends: the text of a [`Command`](crate::Command), or a part of an announced download.
///
/// Only this crate creates one, so that a caller with a transport cannot send any other command:
///
/// ```
/// fn write(transport: &mut impl fastboot::Transport, payload: fastboot::Payload<'_>) {
///     let _ = transport.write(payload, std::time::Instant::now());
/// }
/// ```
///
/// ```compile_fail
/// fn write(transport: &mut impl fastboot::Transport, bytes: &[u8]) {
///     let _ = transport.write(bytes, std::time::Instant::now());
/// }
/// ```
///
/// ```compile_fail,E0423
/// let payload = fastboot::Payload(b"flash:boot");
/// ```
///
/// ```compile_fail,E0624
/// let payload = fastboot::Payload::new(b"flash:boot");
/// ```
#[derive(Debug)]
pub struct Payload<'a>(&'a [u8]);

impl<'a> Payload<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Payload(bytes)
    }

    /// The bytes on the wire.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}
