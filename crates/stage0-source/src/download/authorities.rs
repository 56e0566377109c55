//! The certificate authorities to trust.

use std::env;
use std::path::PathBuf;

use rustls_native_certs::{Error, ErrorKind};
use ureq::tls::Certificate;

use super::FetchError;

/// Set by the user to a file with authorities, in place of those of the system.
const FILE: &str = "SSL_CERT_FILE";

/// Set by the user to directories with authorities, in place of those of the system.
const DIRECTORIES: &str = "SSL_CERT_DIR";

/// Loads the certificate authorities that this machine trusts, or those in `SSL_CERT_FILE` and
/// `SSL_CERT_DIR`.
pub fn load() -> Result<Vec<Certificate<'static>>, FetchError> {
    let loaded = rustls_native_certs::load_native_certs();
    if let Some(path) = env::var_os(FILE).map(PathBuf::from) {
        // Not ignored if SSL_CERT_DIR has authorities: they do not replace those that the user named.
        let mut errors = loaded.errors.iter();
        if let Some(reason) = errors.find_map(|error| read_error(error, &path)) {
            return Err(FetchError::UnreadableAuthorities { path, reason });
        }
    }
    if loaded.certs.is_empty() {
        return Err(FetchError::NoAuthorities(describe(&loaded.errors)));
    }
    let parse = |der: &_| Certificate::from_der(der).to_owned();
    Ok(loaded.certs.iter().map(|der| parse(der.as_ref())).collect())
}

/// The reason why the file `path` could not be read, if `error` is about it.
fn read_error(error: &Error, path: &PathBuf) -> Option<String> {
    match &error.kind {
        ErrorKind::Io { inner, path: other } if other == path => Some(inner.to_string()),
        _ => None,
    }
}

/// The variables that are set, and all errors.
fn describe(errors: &[Error]) -> String {
    let variables = [FILE, DIRECTORIES].into_iter().filter_map(|name| {
        let value = env::var_os(name)?;
        Some(format!(" in {name}={}", value.to_string_lossy()))
    });
    let errors = errors.iter().map(|error| format!(" ({error})"));
    variables.chain(errors).collect()
}
