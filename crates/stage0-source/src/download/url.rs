//! URLs to download from.
//!
//! They have the parser of ureq, so that what is checked here is what ureq connects to.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ureq::http::Uri;
use ureq::http::uri::Authority;

/// An absolute URL with a host. It is displayed without the user name, the password and the query,
/// which can be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(Uri);

/// The reason why a text is not a valid URL. It does not repeat the text, which can contain a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// The text does not have the syntax of a URL.
    #[error("{0}")]
    Syntax(String),
    /// The scheme, such as `https://`, is missing.
    #[error("no scheme")]
    NoScheme,
    /// The host is missing.
    #[error("no host")]
    NoHost,
    /// The port is not a number, or too large.
    #[error("the port is not a number from 0 to 65535")]
    Port,
}

impl Url {
    /// The URL as ureq takes it.
    pub(super) fn as_uri(&self) -> &Uri {
        &self.0
    }

    /// Whether the scheme is https.
    pub fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// The host, an IPv6 address without brackets.
    pub(super) fn host(&self) -> &str {
        let host = self.0.host().unwrap_or_default();
        let ipv6 = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        ipv6.unwrap_or(host)
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.0.host().unwrap_or_default();
        let ipv6 = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let address = match ipv6 {
            Some(address) => address.parse::<Ipv6Addr>().map(IpAddr::V6),
            None => host.parse::<IpAddr>(),
        };
        match address {
            Ok(address) => address.is_loopback(),
            Err(_) => host.eq_ignore_ascii_case("localhost"),
        }
    }

    /// Whether this is plain http on this machine, where no one can intercept it.
    pub fn is_plain_loopback(&self) -> bool {
        self.0.scheme_str() == Some("http") && self.is_loopback()
    }

    /// Resolves `reference`, which can be relative, as in a `Location` header.
    pub fn join(&self, reference: &str) -> Result<Self, InvalidUrl> {
        if scheme(reference).is_some() {
            return reference.parse();
        }
        let base = self.0.scheme_str().unwrap_or_default();
        if reference.starts_with("//") {
            return format!("{base}:{reference}").parse();
        }
        let authority = self.0.authority().map_or("", Authority::as_str);
        let path = join_path(self.0.path(), reference);
        format!("{base}://{authority}{path}").parse()
    }
}

impl FromStr for Url {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let uri: Uri = text
            .parse()
            .map_err(|error: ureq::http::uri::InvalidUri| InvalidUrl::Syntax(error.to_string()))?;
        if uri.scheme().is_none() {
            return Err(InvalidUrl::NoScheme);
        }
        let authority = uri
            .authority()
            .filter(|authority| !authority.host().is_empty())
            .ok_or(InvalidUrl::NoHost)?;
        // ureq would use the default port instead of an invalid one.
        if !has_valid_port(authority) {
            return Err(InvalidUrl::Port);
        }
        Ok(Url(uri))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.scheme_str().unwrap_or_default();
        let authority = self.0.authority().map_or("", Authority::as_str);
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((_, host)) => ("***@", host),
            None => ("", authority),
        };
        write!(f, "{scheme}://{credentials}{host}{}", self.0.path())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

/// `text`, which may be invalid as a URL, without a user name, a password and a query.
pub fn redact(text: &str) -> String {
    if let Ok(url) = text.parse::<Url>() {
        return url.to_string();
    }
    let end = match text.contains('@') {
        // They can be part of a password.
        true => text.len(),
        false => text.find(['?', '#']).unwrap_or(text.len()),
    };
    let text = &text[..end];
    // An unescaped `/` in a password makes a URL invalid, so the last `@` counts wherever it is.
    let Some((before, after)) = text.rsplit_once('@') else {
        return text.to_owned();
    };
    let scheme = before.split_once("://").map(|(scheme, _)| scheme);
    let scheme = scheme.map_or(String::new(), |scheme| format!("{scheme}://"));
    format!("{scheme}***@{after}")
}

/// The scheme at the start of a URL or a relative reference, if it has one.
pub fn scheme(reference: &str) -> Option<&str> {
    let (scheme, _) = reference.split_once(':')?;
    let is_valid = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || matches!(one, '+' | '-' | '.'));
    is_valid.then_some(scheme)
}

/// Resolves the path and query `reference` in the directory of the path `base`.
fn join_path(base: &str, reference: &str) -> String {
    let (path, query) = match reference.find(['?', '#']) {
        Some(end) => reference.split_at(end),
        None => (reference, ""),
    };
    if path.is_empty() {
        return format!("{base}{query}");
    }
    let directory = base.rsplit_once('/').map_or("", |(directory, _)| directory);
    let full = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{directory}/{path}")
    };
    let mut segments = Vec::new();
    for segment in full.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    format!("/{}{query}", segments.join("/"))
}

fn has_valid_port(authority: &Authority) -> bool {
    let text = authority.as_str();
    let host_and_port = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    let port = host_and_port.strip_prefix(authority.host());
    let number = port.and_then(|port| port.strip_prefix(':'));
    match number {
        None => port == Some(""),
        // A colon without a port means the default port.
        Some("") => true,
        // The number type would accept a sign.
        Some(number) => {
            number.bytes().all(|digit| digit.is_ascii_digit()) && number.parse::<u16>().is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn rejects_invalid_urls() {
        for (text, expected) in [
            ("https://h.test:99999/a", InvalidUrl::Port),
            ("https://h.test:-1", InvalidUrl::Port),
            ("https://h.test:+80", InvalidUrl::Port),
            ("https://[::1]80", InvalidUrl::Port),
            ("https://u:p@h.test:65536", InvalidUrl::Port),
            ("https://:80", InvalidUrl::NoHost),
            ("h.test", InvalidUrl::NoScheme),
            ("/a/path", InvalidUrl::NoScheme),
        ] {
            assert_eq!(text.parse::<Url>(), Err(expected), "{text}");
        }
        for text in [
            "",
            "https://",
            "https:///a",
            "https://u@",
            "file:///a",
            "a b",
        ] {
            let error = text.parse::<Url>().unwrap_err();
            assert!(matches!(error, InvalidUrl::Syntax(_)), "{text}: {error}");
        }
        for text in [
            "https://h.test:/",
            "http://[::1]:65535",
            "https://u:1@h.test",
        ] {
            assert!(text.parse::<Url>().is_ok(), "{text}");
        }
    }

    #[test]
    fn recognizes_this_machine() {
        for host in [
            "127.0.0.1:8",
            "127.9.9.9",
            "[::1]:80",
            "localhost",
            "LOCALHOST:1",
        ] {
            assert!(
                url(&format!("http://{host}/a")).is_plain_loopback(),
                "{host}"
            );
            let https = url(&format!("https://{host}/a"));
            assert!(https.is_loopback() && !https.is_plain_loopback(), "{host}");
        }
        for host in [
            "h.test",
            "127.0.0.1.h.test",
            "localhost.h.test",
            "localhost@h.test",
            "[localhost]",
            "[127.0.0.1]",
        ] {
            assert!(!url(&format!("http://{host}/a")).is_loopback(), "{host}");
        }
    }

    #[test]
    fn hides_credentials_and_the_query() {
        let secret = url("https://user:pw@h.test:1/a?token=pw");
        assert_eq!(secret.to_string(), "https://***@h.test:1/a");
        assert_eq!(format!("{secret:?}"), "\"https://***@h.test:1/a\"");
        for (text, expected) in [
            ("https://user:pw@h.test/a", "https://***@h.test/a"),
            ("https://h.test/@scope/a", "https://h.test/@scope/a"),
            ("https://user:p/w@h.test/a", "https://***@h.test/a"),
            ("https://user:p@w@h.test:99999", "https://***@h.test:99999"),
            ("user:pw@h.test", "***@h.test"),
            ("https://h.test:99999/a?token=pw", "https://h.test:99999/a"),
            ("no url", "no url"),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn resolves_references() {
        let base = "https://u:p@h.test:1/a/b?q";
        for (reference, expected) in [
            ("http://o.test/c?d#e", "http://o.test/c?d"),
            ("//o.test/c", "https://o.test/c"),
            ("/c", "https://u:p@h.test:1/c"),
            ("c/d?e", "https://u:p@h.test:1/a/c/d?e"),
            ("../c/./d", "https://u:p@h.test:1/c/d"),
            ("../../../c", "https://u:p@h.test:1/c"),
            ("/c/../d", "https://u:p@h.test:1/d"),
            ("?c=/..:", "https://u:p@h.test:1/a/b?c=/..:"),
            ("#c", "https://u:p@h.test:1/a/b"),
            ("1:2", "https://u:p@h.test:1/a/1:2"),
        ] {
            assert_eq!(url(base).join(reference), Ok(url(expected)), "{reference}");
        }
        for reference in ["file:/c", "file:///c", "data:,c", "https:c", "//", "c d"] {
            assert!(url(base).join(reference).is_err(), "{reference}");
        }
    }
}
