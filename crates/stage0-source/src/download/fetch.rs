//! Downloads one file over https, with limits on time, size and redirects, and with retries.

use std::io::{self, Read};
use std::path::PathBuf;
use std::thread::sleep;

use fastboop_files::file::MAX_SIZE;
use ureq::http::Response;
use ureq::http::header::LOCATION;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::limits::Limits;
use super::url::Url;
use super::{authorities, proxy, redirect};

/// The reason why a file could not be downloaded.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The server reports that the file does not exist.
    #[error("{0}: HTTP status 404: no such file; check that this version is released")]
    Missing(String),
    /// The file is larger than any stage0.
    #[error("{0}: larger than {MAX_SIZE} bytes, so not a stage0; check the release or the mirror")]
    TooLarge(String),
    /// The server redirects to a URL that is not secure or not valid.
    #[error("{url}: redirect to {target}: {reason}; check the release or the mirror")]
    Redirect {
        /// The URL that redirects.
        url: String,
        /// A description of the other URL.
        target: String,
        /// The rule that the other URL breaks.
        reason: String,
    },
    /// A variable names a proxy that cannot be used.
    #[error("{variable}: not a valid proxy: {reason}; correct or unset it")]
    Proxy {
        /// The name of the variable.
        variable: &'static str,
        /// The error of the parser, without the value of the variable, which can contain a password.
        reason: String,
    },
    /// `SSL_CERT_FILE` names a file that cannot be read.
    #[error("SSL_CERT_FILE: cannot read {path:?}: {reason}; correct or unset it")]
    UnreadableAuthorities {
        /// The value of the variable.
        path: PathBuf,
        /// The I/O error.
        reason: String,
    },
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

/// The reason why one try failed.
#[derive(Debug, thiserror::Error)]
enum TryError {
    /// An error of the network or the server, which may be temporary.
    #[error(transparent)]
    Request(#[from] ureq::Error),
    /// An error that another try would meet too.
    #[error(transparent)]
    Permanent(#[from] FetchError),
}

/// Downloads the file at `url`. Retries after errors that may be temporary, such as a lost
/// connection or an overloaded server.
pub fn fetch(url: &Url, limits: &Limits) -> Result<Vec<u8>, FetchError> {
    let mut tries = 1;
    loop {
        eprintln!("stage0: downloading {url}");
        let error = match request(url, limits) {
            Ok(bytes) => return Ok(bytes),
            Err(TryError::Permanent(error)) => return Err(error),
            Err(TryError::Request(error)) => error,
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

/// Requests the file at `url` once, and follows redirects. Scheme, host and proxy are checked for each
/// of them, so ureq does not follow any.
fn request(url: &Url, limits: &Limits) -> Result<Vec<u8>, TryError> {
    let mut url = url.clone();
    for _ in 0..=limits.redirects {
        let agent = build_agent(&url, limits)?;
        let mut response = agent.get(url.as_uri().clone()).call()?;
        if !response.status().is_redirection() {
            return Ok(read_body(response.body_mut())?);
        }
        url = redirect_target(&url, &response)?;
    }
    Err(ureq::Error::TooManyRedirects.into())
}

fn build_agent(url: &Url, limits: &Limits) -> Result<Agent, FetchError> {
    let mut config = Agent::config_builder()
        .https_only(!url.is_plain_loopback())
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy::select(url)?)
        .timeout_connect(Some(limits.connect))
        .timeout_recv_response(Some(limits.response))
        .timeout_recv_body(Some(limits.body))
        .user_agent(concat!("fastboop/", env!("CARGO_PKG_VERSION")));
    if url.is_https() {
        let roots = RootCerts::new_with_certs(&authorities::load()?);
        config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
    }
    Ok(config.build().new_agent())
}

/// The URL to which `response` from `url` redirects.
fn redirect_target(url: &Url, response: &Response<Body>) -> Result<Url, TryError> {
    let Some(location) = response.headers().get(LOCATION) else {
        return Err(ureq::Error::StatusCode(response.status().as_u16()).into());
    };
    let location = String::from_utf8_lossy(location.as_bytes());
    Ok(redirect::resolve(url, &location)?)
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

fn explain(url: &Url, error: ureq::Error, tries: usize) -> FetchError {
    let url = url.to_string();
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
