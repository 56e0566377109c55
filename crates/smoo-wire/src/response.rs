//! The host's answer.

use crate::fields::Fields;
use crate::{Error, Request};

/// The host's answer to a request. After that to a read, the data follows on the bulk endpoint if the status is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// The request, repeated.
    pub request: Request,
    /// 0 if it succeeded; else an error number of Linux, such as 5 (EIO).
    pub status: u8,
}

impl Response {
    /// The length of the message, in bytes.
    pub const LENGTH: usize = Request::LENGTH;

    /// The message.
    pub fn encode(&self) -> [u8; Self::LENGTH] {
        let mut bytes = self.request.encode();
        bytes[1] = self.status;
        bytes
    }

    /// Parses the message. Whether it answers a request is up to the caller.
    ///
    /// # Errors
    /// Those of [`Request::parse`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let fields = Fields::<{ Self::LENGTH }>::new("response", bytes)?;
        Ok(Response {
            request: Request::from_fields(&fields)?,
            status: fields.u8(1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::{BYTES, request};

    #[test]
    fn encodes_and_parses() {
        let mut bytes = BYTES;
        for status in [0, 5, 255] {
            bytes[1] = status;
            let response = Response {
                request: request(),
                status,
            };
            assert_eq!(response.encode(), bytes);
            assert_eq!(Response::parse(&bytes), Ok(response));
        }
    }

    #[test]
    fn rejects_each_invalid_field() {
        for (index, value) in [(0, 4), (2, 1), (3, 1), (8, 0), (24, 1)] {
            let mut bytes = BYTES;
            bytes[index] = value;
            let error = Response::parse(&bytes).unwrap_err().to_string();
            assert!(error.starts_with("response: "), "{error}");
        }
        assert!(Response::parse(&BYTES[..27]).is_err());
    }
}
