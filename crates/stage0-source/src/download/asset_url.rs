//! The URLs of release assets.

use stage0_artifact::Target;

use super::url::{InvalidUrl, Url, redact};
use crate::variables::BASE_URL;

/// The repository for packages that do not specify one.
const DEFAULT_REPOSITORY: &str = "https://github.com/samcday/fastboop";

/// The reason why nothing can be downloaded from a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// The URL cannot be parsed.
    #[error("{name}: {url:?} is not a valid URL: {reason}")]
    Invalid {
        /// The source of the URL: the name of a variable, or the package's repository.
        name: &'static str,
        /// The URL, without credentials.
        url: String,
        /// The error of the parser.
        reason: InvalidUrl,
    },
    /// The URL has a query or a fragment, which would end up before the path of the asset.
    #[error(
        "{name}: {url:?} has a query or a fragment, so no file name can follow; remove it from the first `?` or `#` on"
    )]
    NotABase {
        /// The source of the URL: the name of a variable, or the package's repository.
        name: &'static str,
        /// The URL, without credentials.
        url: String,
    },
    /// The URL is not https, so the download could be intercepted.
    #[error(
        "{name}: {url:?} is not https: plain http is allowed only for a mirror on this machine"
    )]
    Insecure {
        /// The source of the URL: the name of a variable, or the package's repository.
        name: &'static str,
        /// The URL, without credentials.
        url: String,
    },
}

/// Returns the URL of the asset for `target` in the release of `version`.
///
/// With `base`, the base URL of a mirror, this is `<base>/v<version>/<asset>`. Otherwise it is
/// `<repository>/releases/download/v<version>/<asset>`, the scheme of GitHub, with a default for a
/// missing or empty `repository`.
pub fn asset_url(
    base: Option<&str>,
    repository: Option<&str>,
    version: &str,
    target: Target,
) -> Result<Url, UrlError> {
    let asset = target.asset_name();
    match base {
        Some(base) => {
            let is_allowed = |url: &Url| url.is_https() || url.is_plain_loopback();
            check_base(BASE_URL, base, is_allowed)?;
            let base = strip_slash(base);
            parse(BASE_URL, &format!("{base}/v{version}/{asset}"))
        }
        None => {
            let name = "the package's repository";
            let repository = repository.filter(|repository| !repository.is_empty());
            let repository = repository.unwrap_or(DEFAULT_REPOSITORY);
            // Only the user can choose this machine: a package's repository is never here.
            check_base(name, repository, Url::is_https)?;
            let repository = strip_slash(repository);
            let repository = repository.strip_suffix(".git").unwrap_or(repository);
            let path = format!("releases/download/v{version}/{asset}");
            parse(name, &format!("{repository}/{path}"))
        }
    }
}

/// Checks a URL before a path is appended. Afterwards `https://` would have a host.
fn check_base(
    name: &'static str,
    base: &str,
    is_allowed: impl Fn(&Url) -> bool,
) -> Result<(), UrlError> {
    let url = parse(name, base)?;
    let text = url.to_string();
    if base.contains(['?', '#']) {
        return Err(UrlError::NotABase { name, url: text });
    }
    if !is_allowed(&url) {
        return Err(UrlError::Insecure { name, url: text });
    }
    Ok(())
}

fn parse(name: &'static str, text: &str) -> Result<Url, UrlError> {
    text.parse().map_err(|reason| UrlError::Invalid {
        name,
        url: redact(text),
        reason,
    })
}

fn strip_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSET: &str = "fastboop-stage0-aarch64-unknown-linux-musl";

    fn url(base: Option<&str>, repository: Option<&str>) -> Result<Url, UrlError> {
        asset_url(base, repository, "1.2.3-rc.4", Target::Aarch64)
    }

    fn assert_url(base: Option<&str>, repository: Option<&str>, expected: &str) {
        assert_eq!(url(base, repository), Ok(expected.parse().unwrap()));
    }

    #[test]
    fn normalizes_the_repository_or_uses_the_default() {
        let default = format!("{DEFAULT_REPOSITORY}/releases/download/v1.2.3-rc.4/{ASSET}");
        for repository in [None, Some("")] {
            assert_url(None, repository, &default);
        }
        let other = format!("https://h.test/a/b/releases/download/v1.2.3-rc.4/{ASSET}");
        for tail in ["", "/", ".git", ".git/"] {
            let repository = format!("https://h.test/a/b{tail}");
            assert_url(None, Some(&repository), &other);
        }
    }

    #[test]
    fn prefers_a_mirror() {
        for base in ["https://m.test/x", "https://m.test/x/"] {
            let expected = format!("https://m.test/x/v1.2.3-rc.4/{ASSET}");
            assert_url(Some(base), Some("https://h.test/a"), &expected);
        }
    }

    #[test]
    fn allows_plain_http_on_loopback_only() {
        for base in [
            "http://127.0.0.1:80",
            "http://[::1]:80/x",
            "http://localhost",
            "HTTP://LOCALHOST",
        ] {
            assert!(url(Some(base), None).is_ok(), "{base}");
            assert!(url(None, Some(base)).is_err(), "{base}");
        }
        for base in [
            "http://m.test",
            "http://127.0.0.1.m.test",
            "http://localhost@m.test",
            "ftp://127.0.0.1",
        ] {
            let message = url(Some(base), None).unwrap_err().to_string();
            assert!(message.contains(" is not https: "), "{message}");
        }
    }

    #[test]
    fn rejects_an_invalid_base() {
        for base in [
            "https://",
            "https:///",
            "/a/path",
            "m.test",
            "",
            "http://a b",
            "https://m.test:99999",
        ] {
            for (name, result) in [
                ("FASTBOOP_STAGE0_BASE_URL", url(Some(base), None)),
                ("the package's repository", url(None, Some(base))),
            ] {
                if base.is_empty() && name.starts_with("the") {
                    continue; // the default
                }
                let message = result.unwrap_err().to_string();
                let expected = format!("{name}: {base:?} is not a valid URL: ");
                assert!(message.starts_with(&expected), "{message}");
            }
        }
    }

    #[test]
    fn rejects_what_would_cut_the_asset_off() {
        for base in [
            "https://m.test/a#f",
            "https://m.test/a?x",
            "https://m.test/?",
            "http://localhost#",
        ] {
            for result in [url(Some(base), None), url(None, Some(base))] {
                let message = result.unwrap_err().to_string();
                assert!(message.contains("has a query or a fragment"), "{message}");
            }
        }
    }

    #[test]
    fn hides_credentials_in_errors() {
        for base in [
            "http://user:pw@m.test",
            "https://user:pw@m.test:99999",
            "https://user:pw@m.test?x",
            "user:pw@m.test",
            "https://user:pw@",
            "https://user:p/pw@m test",
        ] {
            for result in [url(Some(base), None), url(None, Some(base))] {
                let error = result.unwrap_err();
                for message in [error.to_string(), format!("{error:?}")] {
                    assert!(!message.contains("pw"), "{message}");
                }
            }
        }
        let asset = url(Some("https://user:pw@m.test"), None).unwrap();
        assert_eq!(
            asset.to_string(),
            format!("https://***@m.test/v1.2.3-rc.4/{ASSET}")
        );
    }
}
