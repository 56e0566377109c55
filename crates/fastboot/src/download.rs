//! Downloads an image into the device's memory.

use std::io::{self, Read};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use crate::client::{End, unexpected};
use crate::{Client, Command, Error, Event, Payload, Transport, TransportError};

/// The bytes that one write sends. The transport may split them further.
const CHUNK: usize = 1 << 20;

const DOWNLOAD: &str = "download";

impl<T: Transport> Client<'_, T> {
    /// Sends `size` bytes of `image` into the device's memory. After an error, the download can only start over.
    ///
    /// The size is compared with [`max_download_size`](Self::max_download_size) before: U-Boot's only message for
    /// an image that is too large is a number.
    ///
    /// # Errors
    /// `Empty` and `TooLarge` before anything was sent; `Refused` with the device's message; `Image` if `image` cannot be
    /// read, or ends too early; otherwise the transport failed, or a reply is invalid.
    pub fn download(&mut self, image: &mut dyn Read, size: u64) -> Result<(), Error> {
        let max = self.max_download_size()?.unwrap_or(u64::MAX);
        let max = max.min(u32::MAX.into());
        if size > max {
            return Err(Error::TooLarge { size, max });
        }
        let announced = u32::try_from(size).ok().and_then(NonZeroU32::new);
        let announced = announced.ok_or(Error::Empty)?;
        match self.run(&Command::Download(announced), self.limits.reply)? {
            // Sending anything but the exact number of bytes would make the device take data for a command.
            End::Data(expected) if expected != announced.get() => {
                return Err(Error::DataSize {
                    announced: announced.get(),
                    expected,
                });
            }
            End::Data(_) => {}
            End::Fail(refusal) => {
                return Err(Error::Refused {
                    command: DOWNLOAD,
                    refusal,
                });
            }
            End::Okay(_) => return Err(unexpected(DOWNLOAD, "DATA or FAIL", b"OKAY")),
        }
        self.send_image(image, size)?;
        self.finish(self.limits.reply)
    }

    fn send_image(&mut self, image: &mut dyn Read, size: u64) -> Result<(), Error> {
        let packet_size = self.transport.packet_size().unwrap_or(1).max(1);
        let chunk_size = CHUNK / packet_size * packet_size;
        let mut chunk = vec![0; chunk_size.max(packet_size)];
        let mut sent = 0;
        while sent < size {
            let left = usize::try_from(size - sent).unwrap_or(usize::MAX);
            let length = left.min(chunk.len());
            let part = chunk.get_mut(..length).unwrap_or_default();
            image.read_exact(part).map_err(|cause| Error::Image {
                at: sent,
                cause: explain(cause),
            })?;
            let deadline = Instant::now() + self.limits.transfer;
            if let Err(cause) = self.transport.write(Payload::new(part), deadline) {
                return Err(self.interrupted(cause));
            }
            sent += length as u64;
            self.report(Event::Sent {
                bytes: sent,
                total: size,
            });
        }
        Ok(())
    }

    /// Reads the reply after the last byte.
    fn finish(&mut self, limit: Duration) -> Result<(), Error> {
        match self.receive(DOWNLOAD, limit)? {
            End::Okay(_) => Ok(()),
            End::Fail(refusal) => Err(Error::Refused {
                command: DOWNLOAD,
                refusal,
            }),
            End::Data(_) => Err(unexpected(DOWNLOAD, "OKAY or FAIL", b"DATA")),
        }
    }

    /// Returns the error of a write that failed: the device's own message if it sent one, which explains more.
    fn interrupted(&mut self, cause: TransportError) -> Error {
        let answer = self.finish(self.limits.continuation);
        self.distrust();
        match answer {
            Err(refused @ Error::Refused { .. }) => refused,
            _ => Error::Transport {
                command: DOWNLOAD,
                cause,
            },
        }
    }
}

/// Replaces std's text for an image that is shorter than announced.
fn explain(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the image ends too early"),
        _ => error,
    }
}
