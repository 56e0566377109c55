//! Downloads one file over https, with limits on time, size and redirects, and with retries.

use std::io::{self, Read};
use std::thread::sleep;
use std::time::Duration;

use fastboop_files::file::MAX_SIZE;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::url::is_plain_loopback;

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

/// The reason why a file could not be downloaded.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The server reports that the file does not exist.
    #[error("{0}: HTTP status 404: no such file; check that this version is released")]
    Missing(String),
    /// The file is larger than any stage0.
    #[error("{0}: larger than {MAX_SIZE} bytes, so not a stage0; check the release or the mirror")]
    TooLarge(String),
    /// No certificate authorities are configured, so no server can be verified.
    #[error(
        "CA certificates: none found{0}; install the system's package (ca-certificates) or set SSL_CERT_FILE"
    )]
    NoAuthorities(String),
    /// The server's certificate is not valid or not from a trusted authority.
    #[error(
        "{url}: {error}; if your network has its own certificate authority, set SSL_CERT_FILE to its certificates"
    )]
    Untrusted {
        /// The URL of the file.
        url: String,
        /// The TLS error.
        error: io::Error,
    },
    /// The download failed for another reason.
    #[error("{url}: download failed after {tries} {}: {error}", if *tries == 1 { "try" } else { "tries" })]
    Failed {
        /// The URL of the file.
        url: String,
        /// The error of the last try.
        error: ureq::Error,
        /// The number of tries.
        tries: usize,
    },
}

/// Downloads the file at `url`. Retries after errors that may be temporary, such as a lost
/// connection or an overloaded server.
pub fn fetch(url: &str, limits: &Limits) -> Result<Vec<u8>, FetchError> {
    let agent = build_agent(url, limits)?;
    let mut tries = 1;
    loop {
        eprintln!("stage0: downloading {url}");
        let error = match request(&agent, url) {
            Ok(bytes) => return Ok(bytes),
            Err(error) => error,
        };
        match limits.pauses.get(tries - 1) {
            Some(pause) if is_temporary(&error) => {
                eprintln!("stage0: {error}; retrying in {} s", pause.as_secs());
                sleep(*pause);
                tries += 1;
            }
            _ => return Err(explain(url, error, tries)),
        }
    }
}

fn build_agent(url: &str, limits: &Limits) -> Result<Agent, FetchError> {
    let is_plain = url.parse().is_ok_and(|uri: Uri| is_plain_loopback(&uri));
    let mut config = Agent::config_builder()
        // This applies to redirects too.
        .https_only(!is_plain)
        .max_redirects(limits.redirects)
        .timeout_connect(Some(limits.connect))
        .timeout_recv_response(Some(limits.response))
        .timeout_recv_body(Some(limits.body))
        .user_agent(concat!("fastboop/", env!("CARGO_PKG_VERSION")));
    if !is_plain {
        let roots = RootCerts::new_with_certs(&load_authorities()?);
        config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
    }
    Ok(config.build().new_agent())
}

/// Loads the certificate authorities that this machine trusts, or those in `SSL_CERT_FILE` and
/// `SSL_CERT_DIR`.
fn load_authorities() -> Result<Vec<Certificate<'static>>, FetchError> {
    let loaded = rustls_native_certs::load_native_certs();
    if loaded.certs.is_empty() {
        let errors: String = loaded
            .errors
            .iter()
            .map(|error| format!(" ({error})"))
            .collect();
        return Err(FetchError::NoAuthorities(errors));
    }
    let parse = |der: &_| Certificate::from_der(der).to_owned();
    Ok(loaded.certs.iter().map(|der| parse(der.as_ref())).collect())
}

fn request(agent: &Agent, url: &str) -> Result<Vec<u8>, ureq::Error> {
    let mut response = agent.get(url).call()?;
    read_body(response.body_mut())
}

/// Reads the whole body. ureq fails if it is shorter than its `Content-Length`.
fn read_body(body: &mut Body) -> Result<Vec<u8>, ureq::Error> {
    let length = body.content_length();
    if length.is_some_and(|length| length > MAX_SIZE) {
        return Err(ureq::Error::BodyExceedsLimit(MAX_SIZE));
    }
    let mut reader = body.with_config().limit(MAX_SIZE + 1).reader();
    let mut bytes = Vec::new();
    let mut reported = 0;
    let mut chunk = [0; 16 * 1024];
    loop {
        let count = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        bytes.extend_from_slice(&chunk[..count]);
        if bytes.len() as u64 > MAX_SIZE {
            return Err(ureq::Error::BodyExceedsLimit(MAX_SIZE));
        }
        report_progress(bytes.len(), length, &mut reported);
    }
    Ok(bytes)
}

/// Prints a line for each tenth of the file, if its length is known.
fn report_progress(received: usize, length: Option<u64>, reported: &mut u64) {
    let Some(length) = length.filter(|length| *length > 0) else {
        return;
    };
    let tenths = received as u64 * 10 / length;
    if tenths > *reported {
        eprintln!("stage0: received {received} of {length} bytes");
        *reported = tenths;
    }
}

/// Whether a retry of the same request may succeed.
fn is_temporary(error: &ureq::Error) -> bool {
    use io::ErrorKind::*;
    match error {
        ureq::Error::StatusCode(code) => matches!(code, 408 | 429 | 500..=599),
        ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed => true,
        ureq::Error::Io(error) => matches!(
            error.kind(),
            ConnectionReset
                | ConnectionAborted
                | ConnectionRefused
                | BrokenPipe
                | UnexpectedEof
                | TimedOut
        ),
        _ => false,
    }
}

fn explain(url: &str, error: ureq::Error, tries: usize) -> FetchError {
    let url = url.to_owned();
    match error {
        ureq::Error::StatusCode(404) => FetchError::Missing(url),
        ureq::Error::BodyExceedsLimit(_) => FetchError::TooLarge(url),
        // ureq wraps certificate errors of rustls in an I/O error.
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            FetchError::Untrusted { url, error }
        }
        error => FetchError::Failed { url, error, tries },
    }
}
