//! Sends a boot image and boots it.

use std::io::{Seek, SeekFrom};

use fastboot::{Boot, Client, Transport};

use crate::{BootImage, Error, Event, Progress, Step};

/// What the boot loader answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It accepted the image. Many boot loaders try the kernel only afterwards.
    Accepted,
    /// It got the command to boot, and vanished or became silent: it may have started the kernel.
    None,
}

impl BootImage {
    /// Sends the image into the device's memory and boots it. The client reports messages and progress.
    ///
    /// # Errors
    /// [`Error::Refused`] if the boot loader refuses the image, [`Error::Fastboot`] if it cannot be sent, and
    /// [`Error::Temporary`].
    pub fn send<T: Transport>(&self, client: &mut Client<'_, T>) -> Result<Answer, Error> {
        let mut file = tempfile::tempfile().map_err(Error::Temporary)?;
        self.write(&mut file)?;
        file.seek(SeekFrom::Start(0)).map_err(Error::Temporary)?;
        client.download(&mut file, self.size()?)?;
        match client.boot()? {
            Boot::Accepted => Ok(Answer::Accepted),
            Boot::Refused(refusal) => Err(Error::Refused(refusal)),
            Boot::Unconfirmed(_) => Ok(Answer::None),
        }
    }
}

/// What a client of the boot loader reports.
impl From<fastboot::Event<'_>> for Event {
    fn from(event: fastboot::Event<'_>) -> Self {
        match event {
            fastboot::Event::Info(text) | fastboot::Event::Text(text) => Event::Message {
                text: text.to_owned(),
            },
            fastboot::Event::Sent { bytes, total } => Event::Progress(Progress {
                step: Step::Send,
                bytes,
                total,
            }),
        }
    }
}
