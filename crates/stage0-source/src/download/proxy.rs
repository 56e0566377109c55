//! The proxy for a download, from the environment.

use std::env;
use std::ffi::OsString;
use std::net::IpAddr;

use ureq::Proxy;

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

/// Whether the value of `no_proxy` applies to the host of `url`, as in curl: a domain includes its
/// subdomains, with or without a leading dot, and networks are written as `address/bits`. ureq has neither.
fn lists_host(list: &str, url: &Url) -> bool {
    let host = url.host();
    let address = host.parse::<IpAddr>().ok();
    list.split(|one: char| one == ',' || one.is_whitespace())
        .filter(|entry| !entry.is_empty())
        .any(|entry| match address {
            _ if entry == "*" => true,
            Some(address) => is_in_network(address, entry),
            None => is_in_domain(host, entry),
        })
}

fn is_in_domain(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    let host = host.strip_suffix('.').unwrap_or(&host);
    let domain = domain.strip_suffix('.').unwrap_or(&domain);
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether `address` is the address `network`, or in the network `address/bits`.
fn is_in_network(address: IpAddr, network: &str) -> bool {
    let (base, bits) = match network.split_once('/') {
        Some((base, bits)) => (base, bits.parse().ok()),
        None => (network, Some(u32::MAX)),
    };
    let base = base.strip_prefix('[').unwrap_or(base);
    let base = base.strip_suffix(']').unwrap_or(base);
    // Shifted so that the first bit of both is that of a u128.
    let (address, base, width) = match (address, base.parse()) {
        (IpAddr::V4(address), Ok(IpAddr::V4(base))) => (
            u128::from(address.to_bits()) << 96,
            u128::from(base.to_bits()) << 96,
            32,
        ),
        (IpAddr::V6(address), Ok(IpAddr::V6(base))) => (address.to_bits(), base.to_bits(), 128),
        _ => return false,
    };
    match bits {
        Some(0) => true,
        Some(bits) => (address ^ base) >> (128 - bits.min(width)) == 0,
        None => false,
    }
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
            ("other test", true),
            ("other,\tH.TEST.", true),
            (".h.test", true),
            ("est", false),
            ("a.h.test", false),
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
    fn honors_addresses_and_networks_in_no_proxy() {
        for (host, list, is_direct) in [
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.0.0.0/8", true),
            ("10.1.2.3", "10.1.2.0/31,0.0.0.0/0", true),
            ("10.1.2.3", "10.1.2.0/31", false),
            ("10.1.2.3", "3", false),
            ("10.1.2.3", "10.0.0.0/x", false),
            ("[2001:db8::1]", "2001:db8::1", true),
            ("[2001:db8::1]", "[2001:db8::1]", true),
            ("[2001:db8::1]", "2001:db8::/32", true),
            ("[2001:db8::1]", "2001:db9::/32", false),
            ("[2001:db8::1]", "0.0.0.0/0", false),
        ] {
            let variables = [("https_proxy", "p:1"), ("no_proxy", list)];
            let proxy = selected(&format!("https://{host}/a"), &variables).unwrap();
            assert_eq!(proxy.is_none(), is_direct, "{host} in {list:?}");
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
