//! Variables of the boot loader.

use crate::client::{End, is_silence, unexpected};
use crate::{Client, Command, Error, Transport, TransportError, VariableName, number};

impl<T: Transport> Client<'_, T> {
    /// Returns the value of a variable, or `None` if the device lacks it.
    ///
    /// A missing variable is answered with an empty OKAY by LK, with FAIL by ABL and U-Boot, and not at all by others:
    /// so [`crate::Limits::getvar`] may pass. An answer that the transport lost is requested again, once. ABL of a device with
    /// A/B slots appends the slot to the names of partitions itself.
    ///
    /// # Errors
    /// The transport fails, or the reply is invalid.
    pub fn getvar(&mut self, name: &VariableName) -> Result<Option<String>, Error> {
        let command = Command::GetVar(name.clone());
        let mut end = self.query(&command);
        if matches!(
            &end,
            Err(Error::Transport {
                cause: TransportError::AnswerLost,
                ..
            })
        ) {
            end = self.query(&command);
        }
        match end? {
            Some(End::Okay(value)) => Ok(Some(value).filter(|value| !value.is_empty())),
            Some(End::Fail(_)) | None => Ok(None),
            Some(End::Data(size)) => {
                let found = format!("DATA{size:08x}");
                Err(unexpected("getvar", "OKAY or FAIL", found.as_bytes()))
            }
        }
    }

    /// `None` if the device does not reply. A command that it does not even accept is an error.
    fn query(&mut self, command: &Command) -> Result<Option<End>, Error> {
        self.send(command)?;
        match self.receive(command.name(), self.limits.getvar) {
            Ok(end) => Ok(Some(end)),
            Err(error) if is_silence(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the largest size that the device accepts for a download, in bytes. `None` if it does not report one, or
    /// reports zero or something else than a number.
    ///
    /// # Errors
    /// As [`getvar`](Self::getvar).
    pub fn max_download_size(&mut self) -> Result<Option<u64>, Error> {
        let value = self.getvar(&VariableName::known("max-download-size"))?;
        let size = value.and_then(|value| number::parse(&value));
        Ok(size.filter(|size| *size > 0))
    }

    /// Returns whether the boot loader is unlocked. `None` if it does not report that. Locked ones refuse
    /// to boot only after the download.
    ///
    /// # Errors
    /// As [`getvar`](Self::getvar).
    pub fn is_unlocked(&mut self) -> Result<Option<bool>, Error> {
        let value = self.getvar(&VariableName::known("unlocked"))?;
        Ok(match value.as_deref() {
            Some("yes" | "true" | "1") => Some(true),
            Some("no" | "false" | "0") => Some(false),
            _ => None,
        })
    }
}
