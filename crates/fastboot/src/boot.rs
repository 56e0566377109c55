//! Boots what was downloaded.

use crate::client::{End, unexpected};
use crate::{Client, Command, Error, Refusal, Transport, TransportError};

/// What the device did with the command `boot`.
#[derive(Debug)]
pub enum Boot {
    /// The device accepted the image. ABL and U-Boot answer before they try the kernel, so the boot loader may still come back.
    Accepted,
    /// The device refused the image.
    Refused(Refusal),
    /// The device got the command, and then vanished or became silent without an answer: it may have started the kernel.
    Unconfirmed(TransportError),
}

impl<T: Transport> Client<'_, T> {
    /// Boots what was downloaded.
    ///
    /// ABL of a device with A/B slots may count the attempt in the flags of the slot: that is the boot loader's decision, and
    /// the command has no way to prevent it.
    ///
    /// # Errors
    /// The command cannot be sent, or the reply is invalid.
    pub fn boot(&mut self) -> Result<Boot, Error> {
        let name = Command::Boot.name();
        self.send(&Command::Boot)?;
        match self.receive(name, self.limits.reply) {
            Ok(End::Okay(_)) => Ok(Boot::Accepted),
            Ok(End::Fail(refusal)) => Ok(Boot::Refused(refusal)),
            Ok(End::Data(_)) => Err(unexpected(name, "OKAY or FAIL", b"DATA")),
            Err(Error::Transport { cause, .. }) if is_vanished(&cause) => {
                Ok(Boot::Unconfirmed(cause))
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether a device that started a kernel can cause the error.
fn is_vanished(cause: &TransportError) -> bool {
    matches!(
        cause,
        TransportError::Timeout
            | TransportError::Disconnected
            | TransportError::AnswerLost
            | TransportError::Io(_)
    )
}
