//! The proxy for a download, from the environment.

use std::env;
use std::ffi::OsString;

use ureq::{Proxy, ProxyProtocol};

use super::FetchError;
use super::url::Url;

/// The variables with the proxy for https, in the order in which curl reads them.
const PROXY: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The variables with the hosts to which no proxy applies.
const NO_PROXY: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The proxy that the environment sets for `url`. ureq would ignore an invalid one, and send requests
/// to this machine to a proxy.
pub fn select(url: &Url) -> Result<Option<Proxy>, FetchError> {
    select_from(url, |name| env::var_os(name))
}

fn select_from(
    url: &Url,
    get: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Proxy>, FetchError> {
    // As in curl, an empty variable is an unset one.
    let first_set = |names: &[&'static str]| {
        let mut values = names.iter().filter_map(|name| Some((*name, get(name)?)));
        values.find(|(_, value)| !value.is_empty())
    };
    // This machine is another one for the proxy.
    if url.is_loopback() {
        return Ok(None);
    }
    let Some((variable, value)) = first_set(&PROXY) else {
        return Ok(None);
    };
    let exceptions = first_set(&NO_PROXY).map(|(_, list)| list);
    if exceptions.is_some_and(|list| lists_host(&list.to_string_lossy(), url)) {
        return Ok(None);
    }
    parse(&value)
        .map(Some)
        .map_err(|reason| FetchError::Proxy { variable, reason })
}

/// Whether the value of `no_proxy` applies to the host of `url`.
fn lists_host(list: &str, url: &Url) -> bool {
    // Only a proxy can match a list, so this one is never used.
    let matcher = list
        .split(',')
        .fold(Proxy::builder(ProxyProtocol::Http), |matcher, entry| {
            matcher.no_proxy(entry.trim())
        })
        .build();
    matcher.is_ok_and(|matcher| matcher.is_no_proxy(url.as_uri()))
}

/// Parses `[scheme://][user:password@]host[:port]`. An error does not repeat it.
fn parse(value: &OsString) -> Result<Proxy, String> {
    let value = value.to_str().ok_or("not UTF-8")?;
    let value = if value.contains("://") {
        value.to_owned()
    } else {
        format!("http://{value}")
    };
    let url: Url = value.parse().map_err(|error| format!("{error}"))?;
    if !matches!(url.as_uri().scheme_str(), Some("http" | "https")) {
        return Err("only http and https proxies are supported".to_owned());
    }
    Proxy::new(&value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The host and port of the proxy for `url`, with `variables` set.
    fn selected(url: &str, variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let get = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.into())
        };
        let proxy = select_from(&url.parse().unwrap(), get).map_err(|error| error.to_string())?;
        Ok(proxy.map(|proxy| format!("{}:{}", proxy.host(), proxy.port())))
    }

    #[test]
    fn takes_the_first_variable_that_is_set() {
        let url = "https://h.test/a";
        for (variables, expected) in [
            (&[][..], None),
            (&[("https_proxy", "p")], Some("p:80")),
            (&[("HTTPS_PROXY", "p:1")], Some("p:1")),
            (&[("ALL_PROXY", "https://p")], Some("p:443")),
            (
                &[("all_proxy", "a:1"), ("https_proxy", "http://u:pw@p:2/")],
                Some("p:2"),
            ),
            (&[("all_proxy", "a:1"), ("https_proxy", "")], Some("a:1")),
            (&[("http_proxy", "p:1")], None),
        ] {
            let expected = Ok(expected.map(str::to_owned));
            assert_eq!(selected(url, variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn connects_to_this_machine_directly() {
        for url in [
            "http://127.0.0.1:1/a",
            "http://LOCALHOST/a",
            "https://[::1]/a",
        ] {
            for variable in ["https_proxy", "http_proxy", "ALL_PROXY"] {
                assert_eq!(selected(url, &[(variable, "p:1")]), Ok(None), "{url}");
            }
        }
    }

    #[test]
    fn honors_no_proxy() {
        for (list, is_direct) in [
            ("h.test", true),
            ("other, h.test", true),
            ("*", true),
            (".test", true),
            ("other,test", false),
            ("", false),
        ] {
            for variable in ["no_proxy", "NO_PROXY"] {
                let variables = [("https_proxy", "p:1"), (variable, list)];
                let proxy = selected("https://h.test/a", &variables).unwrap();
                assert_eq!(proxy.is_none(), is_direct, "{list:?}");
            }
        }
    }

    #[test]
    fn names_the_variable_of_an_invalid_proxy() {
        for (value, reason) in [
            ("http://", "empty string"),
            ("user:pw@", "invalid authority"),
            ("a b", "invalid uri character"),
            (
                "http://user:pw@p:99999",
                "the port is not a number from 0 to 65535",
            ),
            (
                "socks5://user:pw@p:1",
                "only http and https proxies are supported",
            ),
            ("http://user:%ffpw@p", "invalid proxy url"),
        ] {
            for variable in PROXY {
                let message = selected("https://h.test/a", &[(variable, value)]).unwrap_err();
                let expected =
                    format!("{variable}: not a valid proxy: {reason}; correct or unset it");
                assert_eq!(message, expected);
            }
        }
    }
}
