//! The URLs of release assets.

use stage0_artifact::Target;
use ureq::http::Uri;

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
        /// The URL of the asset.
        url: String,
        /// The error of the parser.
        reason: String,
    },
    /// The URL is not https, so the download could be intercepted.
    #[error(
        "{name}: {url:?} is not https: plain http is allowed only for a mirror on this machine"
    )]
    Insecure {
        /// The source of the URL: the name of a variable, or the package's repository.
        name: &'static str,
        /// The URL of the asset.
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
) -> Result<String, UrlError> {
    let (name, base) = match base {
        Some(base) => (BASE_URL, strip_slash(base).to_owned()),
        None => {
            let repository = repository.filter(|repository| !repository.is_empty());
            let repository = strip_slash(repository.unwrap_or(DEFAULT_REPOSITORY));
            let repository = repository.strip_suffix(".git").unwrap_or(repository);
            (
                "the package's repository",
                format!("{repository}/releases/download"),
            )
        }
    };
    let url = format!("{base}/v{version}/{}", target.asset_name());
    let uri: Uri = url.parse().map_err(|error: ureq::http::uri::InvalidUri| {
        let reason = error.to_string();
        UrlError::Invalid {
            name,
            url: url.clone(),
            reason,
        }
    })?;
    let is_https = uri.scheme_str() == Some("https") && uri.host().is_some();
    // Only for a mirror, which the user chooses: a package's repository is never on this machine.
    let is_local_mirror = name == BASE_URL && is_plain_loopback(&uri);
    if !is_https && !is_local_mirror {
        return Err(UrlError::Insecure { name, url });
    }
    Ok(url)
}

fn strip_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}

/// Whether `uri` is plain http on this machine, where no one can intercept it.
pub fn is_plain_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_loopback = match host.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost",
    };
    uri.scheme_str() == Some("http") && is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSET: &str = "fastboop-stage0-aarch64-unknown-linux-musl";

    fn url(base: Option<&str>, repository: Option<&str>) -> Result<String, UrlError> {
        asset_url(base, repository, "1.2.3-rc.4", Target::Aarch64)
    }

    #[test]
    fn normalizes_the_repository_or_uses_the_default() {
        let default = format!("{DEFAULT_REPOSITORY}/releases/download/v1.2.3-rc.4/{ASSET}");
        for repository in [None, Some("")] {
            assert_eq!(url(None, repository).as_ref(), Ok(&default));
        }
        let other = format!("https://h.test/a/b/releases/download/v1.2.3-rc.4/{ASSET}");
        for tail in ["", "/", ".git", ".git/"] {
            let repository = format!("https://h.test/a/b{tail}");
            assert_eq!(url(None, Some(&repository)).as_ref(), Ok(&other));
        }
    }

    #[test]
    fn prefers_a_mirror() {
        for base in ["https://m.test/x", "https://m.test/x/"] {
            let expected = format!("https://m.test/x/v1.2.3-rc.4/{ASSET}");
            assert_eq!(url(Some(base), Some("https://h.test/a")), Ok(expected));
        }
    }

    #[test]
    fn allows_plain_http_on_loopback_only() {
        for base in [
            "http://127.0.0.1:80",
            "http://[::1]:80/x",
            "http://localhost",
        ] {
            assert!(url(Some(base), None).is_ok(), "{base}");
            assert!(url(None, Some(base)).is_err(), "{base}");
        }
        for base in [
            "http://m.test",
            "http://127.0.0.1.m.test",
            "http://localhost@m.test",
            "ftp://127.0.0.1",
            "/a/path",
            "m.test",
            "",
        ] {
            assert!(url(Some(base), None).is_err(), "{base}");
        }
        let message = url(Some("http://a b"), None).unwrap_err().to_string();
        assert!(
            message.starts_with("FASTBOOP_STAGE0_BASE_URL: "),
            "{message}"
        );
    }
}
