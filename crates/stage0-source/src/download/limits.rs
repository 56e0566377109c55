//! The limits of a download.

use std::time::Duration;

/// The limits of a download. The times apply to each try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The maximum time to connect.
    pub connect: Duration,
    /// The maximum time from the request to the start of the response.
    pub response: Duration,
    /// The maximum time to receive the whole file.
    pub body: Duration,
    /// The maximum number of redirects to follow.
    pub redirects: u32,
    /// The pause before each retry. Its length is the maximum number of retries.
    pub pauses: Vec<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(15),
            response: Duration::from_secs(30),
            body: Duration::from_secs(300),
            redirects: 5,
            pauses: vec![Duration::from_secs(1), Duration::from_secs(4)],
        }
    }
}

impl Limits {
    /// The default limits, but with `body` to receive the file, and at most `body` to connect and to
    /// wait for the response.
    pub fn with_total(body: Duration) -> Self {
        let defaults = Self::default();
        Limits {
            connect: defaults.connect.min(body),
            response: defaults.response.min(body),
            body,
            ..defaults
        }
    }
}
