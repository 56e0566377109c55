//! One file by HTTP: https only, within limits of time, size and redirects, in several tries.

use std::io::{self, Read};
use std::thread::sleep;
use std::time::Duration;

use fastboop_files::file::MAX_SIZE;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::url::is_plain_loopback;

/// How long, how often, how far. The times are of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Until there is a connection.
    pub connect: Duration,
    /// Until an answer begins.
    pub response: Duration,
    /// Until the whole file is there.
    pub body: Duration,
    /// How many redirects are followed.
    pub redirects: u32,
    /// The pauses between tries; there is one try more than pauses.
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
    /// The default limits, with `body` for the whole body and as the maximum for connecting and the response.
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

/// Why a file could not be downloaded.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It is not there.
    #[error("{0}: 404, no such file; is this version released?")]
    Missing(String),
    /// It is larger than any stage0.
    #[error("{0}: larger than {MAX_SIZE} bytes: not a stage0")]
    TooLarge(String),
    /// No server could be believed.
    #[error(
        "no certificates of authorities can be read{0}; install the system's (ca-certificates) or set SSL_CERT_FILE"
    )]
    NoAuthorities(String),
    /// The server's certificate does not prove its name.
    #[error(
        "{url}: {error}; if your network has an authority of its own, set SSL_CERT_FILE to its certificates"
    )]
    Untrusted {
        /// Where it is.
        url: String,
        /// What is wrong.
        error: io::Error,
    },
    /// Anything else.
    #[error("{url}: {error} (after {tries} {})", if *tries == 1 { "try" } else { "tries" })]
    Failed {
        /// Where it is.
        url: String,
        /// What went wrong the last time.
        error: ureq::Error,
        /// How often it was tried.
        tries: usize,
    },
}

/// Downloads the file at `url`. What may pass, such as a lost connection or an overloaded server,
/// is tried again.
pub fn fetch(url: &str, limits: &Limits) -> Result<Vec<u8>, FetchError> {
    let agent = agent(url, limits)?;
    let mut tries = 1;
    loop {
        eprintln!("stage0: downloading {url}");
        let error = match once(&agent, url) {
            Ok(bytes) => return Ok(bytes),
            Err(error) => error,
        };
        match limits.pauses.get(tries - 1) {
            Some(pause) if may_pass(&error) => {
                eprintln!("stage0: {error}; trying again in {} s", pause.as_secs());
                sleep(*pause);
                tries += 1;
            }
            _ => return Err(explain(url, error, tries)),
        }
    }
}

fn agent(url: &str, limits: &Limits) -> Result<Agent, FetchError> {
    let is_plain = url.parse().is_ok_and(|uri: Uri| is_plain_loopback(&uri));
    let mut config = Agent::config_builder()
        // For redirects too.
        .https_only(!is_plain)
        .max_redirects(limits.redirects)
        .timeout_connect(Some(limits.connect))
        .timeout_recv_response(Some(limits.response))
        .timeout_recv_body(Some(limits.body))
        .user_agent(concat!("fastboop/", env!("CARGO_PKG_VERSION")));
    if !is_plain {
        let roots = RootCerts::new_with_certs(&authorities()?);
        config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
    }
    Ok(config.build().new_agent())
}

/// The authorities that this machine trusts; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
fn authorities() -> Result<Vec<Certificate<'static>>, FetchError> {
    let loaded = rustls_native_certs::load_native_certs();
    if loaded.certs.is_empty() {
        let errors: String = loaded
            .errors
            .iter()
            .map(|error| format!(" ({error})"))
            .collect();
        return Err(FetchError::NoAuthorities(errors));
    }
    let own = |certificate: &_| Certificate::from_der(certificate).to_owned();
    Ok(loaded.certs.iter().map(|der| own(der.as_ref())).collect())
}

fn once(agent: &Agent, url: &str) -> Result<Vec<u8>, ureq::Error> {
    let mut response = agent.get(url).call()?;
    read(response.body_mut())
}

/// Reads the whole body. ureq fails if it is shorter than the announced length.
fn read(body: &mut Body) -> Result<Vec<u8>, ureq::Error> {
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
        progress(bytes.len(), length, &mut reported);
    }
    Ok(bytes)
}

/// A line for each tenth, where the whole is known.
fn progress(have: usize, length: Option<u64>, reported: &mut u64) {
    let Some(length) = length.filter(|length| *length > 0) else {
        return;
    };
    let tenths = have as u64 * 10 / length;
    if tenths > *reported {
        eprintln!("stage0: {have} of {length} bytes");
        *reported = tenths;
    }
}

/// Whether the same request can do better a moment later.
fn may_pass(error: &ureq::Error) -> bool {
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
        // ureq wraps the error of rustls about a certificate in an I/O error.
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            FetchError::Untrusted { url, error }
        }
        error => FetchError::Failed { url, error, tries },
    }
}
