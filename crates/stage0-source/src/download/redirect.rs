//! The rules for redirects, which apply to each of them.

use super::FetchError;
use super::url::{Url, scheme};

/// Resolves the redirect from `url` to `location`, if that URL is secure.
///
/// Plain http is allowed on this machine only, and only from a mirror on this machine: nobody can
/// intercept it there.
pub fn resolve(url: &Url, location: &str) -> Result<Url, FetchError> {
    let error_for = |target: String, reason: String| FetchError::Redirect {
        url: url.to_string(),
        target,
        reason,
    };
    if let Some(scheme) = scheme(location) {
        if !["http", "https"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
        {
            let target = format!("a {scheme}: URL");
            return Err(error_for(target, "not https".to_owned()));
        }
    }
    let target = url
        .join(location)
        .map_err(|reason| error_for("an invalid URL".to_owned(), reason.to_string()))?;
    if target.is_https() || (url.is_plain_loopback() && target.is_plain_loopback()) {
        return Ok(target);
    }
    let reason = "not https, and plain http is allowed only on this machine, from a mirror here";
    Err(error_for(target.to_string(), reason.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "http://127.0.0.1:1/a";
    const THERE: &str = "https://user:pw@h.test/a";

    fn resolve_from(url: &str, location: &str) -> Result<String, String> {
        let target = resolve(&url.parse().unwrap(), location);
        target
            .map(|url| url.as_uri().to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn follows_to_https_and_on_this_machine() {
        for (url, location, expected) in [
            (THERE, "https://o.test/b", "https://o.test/b"),
            (THERE, "/b", "https://user:pw@h.test/b"),
            (THERE, "//o.test/b", "https://o.test/b"),
            (THERE, "HTTPS://o.test/b", "https://o.test/b"),
            (HERE, "https://o.test/b", "https://o.test/b"),
            (HERE, "b", "http://127.0.0.1:1/b"),
            (HERE, "http://LOCALHOST:2/b", "http://LOCALHOST:2/b"),
        ] {
            assert_eq!(resolve_from(url, location), Ok(expected.to_owned()));
        }
    }

    #[test]
    fn refuses_plain_http_to_or_from_another_machine() {
        for (url, location) in [
            (THERE, "http://h.test/b"),
            (THERE, "http://127.0.0.1/b"),
            (HERE, "http://h.test/b"),
            (HERE, "//h.test/b"),
            (HERE, "http://127.0.0.1@h.test/b"),
        ] {
            let message = resolve_from(url, location).unwrap_err();
            assert!(message.contains("not https, and plain http"), "{message}");
            assert!(!message.contains("pw"), "{message}");
        }
    }

    #[test]
    fn refuses_other_schemes_by_name() {
        for (location, scheme) in [
            ("file:/etc/passwd", "file"),
            ("file:///etc/passwd", "file"),
            ("data:,stage0", "data"),
            ("ftp://127.0.0.1/b", "ftp"),
        ] {
            for url in [HERE, THERE] {
                let message = resolve_from(url, location).unwrap_err();
                let expected = format!(": redirect to a {scheme}: URL: not https; check");
                assert!(message.contains(&expected), "{message}");
            }
        }
    }

    #[test]
    fn refuses_invalid_urls() {
        for location in ["https://user:pw@h.test:99999", "https:b", "https://", "a b"] {
            let message = resolve_from(THERE, location).unwrap_err();
            assert!(
                message.contains(": redirect to an invalid URL: "),
                "{message}"
            );
            assert!(!message.contains("pw"), "{message}");
        }
    }
}
