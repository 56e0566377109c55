//! Tests mode 3 against a real HTTP server on this machine that simulates faults.
//! (`tests/cargo` tests the same faults with the real Cargo.)
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use fastboop_files::Sha256Digest;
use fault_server::{Fault, Server, respond, tls};
use stage0_artifact::Target;
use stage0_source::download::{Asset, Download, Failure, Limits, Origin, Url, fetch};
use stage0_testing::ElfFile;
use tempfile::TempDir;

/// A directory for a sidecar and a cache, and the artifact whose digest is in the sidecar.
struct Fixture {
    dir: TempDir,
    artifact: Vec<u8>,
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let artifact = ElfFile::aarch64().build();
        let sidecar = format!("{}  name\n", Sha256Digest::compute(&artifact));
        fs::write(dir.path().join("sidecar"), sidecar).unwrap();
        Fixture { dir, artifact }
    }

    fn cache_entry(&self) -> PathBuf {
        let digest = Sha256Digest::compute(&self.artifact).to_string();
        self.dir.path().join("cache").join(digest)
    }

    fn obtain(&self, server: &Server) -> Result<Asset, Failure> {
        self.obtain_with_limits(server, limits_without_pauses())
    }

    fn obtain_with_limits(&self, server: &Server, limits: Limits) -> Result<Asset, Failure> {
        self.download(server, limits).obtain()
    }

    fn download(&self, server: &Server, limits: Limits) -> Download {
        Download {
            url: asset_url(server),
            sidecar: self.dir.path().join("sidecar"),
            cache: Some(self.dir.path().join("cache")),
            target: Target::Aarch64,
            limits,
        }
    }

    /// Asserts that the download fails and caches nothing; returns the error.
    fn assert_fails(&self, server: &Server) -> String {
        let error = self.obtain(server).unwrap_err().to_string();
        assert!(!self.cache_entry().exists(), "{error}");
        error
    }
}

fn asset_url(server: &Server) -> Url {
    (server.url() + "/asset").parse().unwrap()
}

/// Limits for three tries without pauses.
fn limits_without_pauses() -> Limits {
    Limits {
        pauses: vec![Duration::ZERO; 2],
        ..Limits::default()
    }
}

/// Asserts that the download fails after `connections` connections, with `words` in the error.
fn assert_fails(fault: Fault, connections: usize, words: &[&str]) {
    let fixture = Fixture::new();
    let server = fault.serve(&fixture.artifact).unwrap();
    let message = fixture.assert_fails(&server);
    for word in words {
        assert!(message.contains(word), "{fault:?}: {word}: {message}");
    }
    assert_eq!(server.connections(), connections, "{fault:?}: {message}");
}

/// Asserts that the download succeeds with the second connection; returns the server.
fn assert_second_connection_succeeds(fault: Fault) -> Server {
    let fixture = Fixture::new();
    let server = fault.serve(&fixture.artifact).unwrap();
    assert_eq!(fixture.obtain(&server).unwrap().bytes, fixture.artifact);
    assert_eq!(server.connections(), 2, "{fault:?}");
    server
}

#[test]
fn downloads_and_caches_the_file() {
    let fixture = Fixture::new();
    let server = Server::with_file(&fixture.artifact).unwrap();
    let obtained = fixture.obtain(&server).unwrap();
    assert_eq!(obtained.origin, Origin::Network);
    assert_eq!(obtained.bytes, fixture.artifact);
    assert_eq!(obtained.warnings, [""; 0]);
    assert!(server.requests()[0].starts_with("GET /asset HTTP/1.1\r\n"));
    drop(server);

    // The second server does not have the file, and must not receive a request.
    let unused_server = Fault::NotFound.serve(&[]).unwrap();
    let obtained = fixture.obtain(&unused_server).unwrap();
    assert_eq!(obtained.origin, Origin::Cache(fixture.cache_entry()));
    assert_eq!(obtained.bytes, fixture.artifact);
    assert_eq!(unused_server.connections(), 0);
}

#[test]
fn replaces_a_tampered_cache_entry() {
    let fixture = Fixture::new();
    let server = Server::with_file(&fixture.artifact).unwrap();
    fixture.obtain(&server).unwrap();
    for invalid in [&b"tampered"[..], b""] {
        fs::write(fixture.cache_entry(), invalid).unwrap();
        let obtained = fixture.obtain(&server).unwrap();
        assert_eq!(obtained.origin, Origin::Network);
        assert!(obtained.warnings[0].contains("downloaded again"));
        assert_eq!(fs::read(fixture.cache_entry()).unwrap(), fixture.artifact);
    }
    assert_eq!(server.connections(), 3);
}

#[test]
fn builds_with_an_unwritable_cache() {
    let fixture = Fixture::new();
    fs::write(fixture.dir.path().join("cache"), "a file").unwrap();
    let server = Server::with_file(&fixture.artifact).unwrap();
    let obtained = fixture.obtain(&server).unwrap();
    assert_eq!(obtained.bytes, fixture.artifact);
    let warnings = obtained.warnings.join("\n");
    assert!(warnings.contains("cannot cache the download"), "{warnings}");
}

#[test]
fn rejects_another_file_with_both_digests() {
    let digests = [b"another".to_vec(), Fixture::new().artifact]
        .map(|bytes| Sha256Digest::compute(&bytes).to_string());
    assert_fails(Fault::OtherFile, 1, &[&digests[0], &digests[1]]);
}

#[test]
fn rejects_a_release_asset_that_is_not_a_stage0() {
    let fixture = Fixture::new();
    let sidecar = Sha256Digest::compute(b"#!/bin/sh\n").to_string();
    fs::write(fixture.dir.path().join("sidecar"), sidecar).unwrap();
    let server = Server::with_file(b"#!/bin/sh\n").unwrap();
    assert!(fixture.assert_fails(&server).contains("a script"));
}

#[test]
fn reports_a_missing_sidecar_before_connecting() {
    let fixture = Fixture::new();
    fs::remove_file(fixture.dir.path().join("sidecar")).unwrap();
    let server = Server::with_file(&fixture.artifact).unwrap();
    let message = fixture.assert_fails(&server);
    assert!(message.contains("sidecar: no such file"), "{message}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn retries_temporary_faults() {
    assert_second_connection_succeeds(Fault::ErrorOnce);
    assert_second_connection_succeeds(Fault::ResetOnce);
}

#[test]
fn fails_after_all_retries() {
    assert_fails(Fault::Truncated, 3, &["after 3 tries"]);
    assert_fails(Fault::Unavailable, 3, &["503", "after 3 tries"]);
}

#[test]
fn does_not_retry_permanent_faults() {
    let message = "HTTP status 404: no such file; check that this version is released";
    assert_fails(Fault::NotFound, 1, &[message]);
    assert_fails(Fault::ShortLength, 1, &["SHA-256 mismatch"]);
    assert_fails(Fault::InvalidLength, 1, &["after 1 try"]);
    assert_fails(Fault::TooLong, 1, &["larger than 67108864 bytes"]);
    assert_fails(Fault::Endless, 1, &["larger than 67108864 bytes"]);
}

#[test]
fn follows_a_limited_number_of_redirects() {
    let server = assert_second_connection_succeeds(Fault::RedirectOnce);
    assert!(server.requests()[1].starts_with("GET /elsewhere "));
    // One request and five redirects.
    assert_fails(Fault::RedirectLoop, 6, &["redirect"]);
}

/// Starts a server that redirects every request to `location`.
fn redirect_to(location: &str) -> Server {
    let header = format!("Location: {location}\r\n");
    Server::start(move |_, stream| respond(stream, "302 Found", &header, b"")).unwrap()
}

#[test]
fn rejects_redirects_to_insecure_urls() {
    for (location, words) in [
        (
            "http://host.test/a",
            "redirect to http://host.test/a: not https, and plain http",
        ),
        (
            "//host.test/a",
            "redirect to http://host.test/a: not https, and plain http",
        ),
        ("file:/etc/passwd", "redirect to a file: URL: not https"),
        ("data:,stage0", "redirect to a data: URL: not https"),
        (
            "https://user:pw@host.test:99999/a",
            "redirect to an invalid URL: the port",
        ),
    ] {
        let server = redirect_to(location);
        let message = Fixture::new().assert_fails(&server);
        assert!(message.contains(words), "{location}: {message}");
        assert!(!message.contains("pw"), "{message}");
        assert_eq!(server.connections(), 1, "{location}");
    }
}

#[test]
fn reports_a_redirect_without_a_location() {
    let server = Server::start(|_, stream| respond(stream, "304 Not Modified", "", b"")).unwrap();
    let message = Fixture::new().assert_fails(&server);
    assert!(message.contains("304"), "{message}");
}

#[test]
fn hides_the_password_of_the_mirror() {
    let fixture = Fixture::new();
    for fault in [
        Fault::OtherFile,
        Fault::NotFound,
        Fault::TooLong,
        Fault::Truncated,
    ] {
        let server = fault.serve(&fixture.artifact).unwrap();
        let url = asset_url(&server).to_string().replace("//", "//user:pw@");
        let download = Download {
            url: url.parse().unwrap(),
            ..fixture.download(&server, limits_without_pauses())
        };
        let error = download.obtain().unwrap_err();
        for message in [error.to_string(), format!("{error:?} {download:?}")] {
            assert!(message.contains("//***@127.0.0.1:"), "{message}");
            assert!(!message.contains("pw"), "{message}");
        }
        // The server still receives them: this is the base64 of user:pw.
        let request = &server.requests()[0].to_lowercase();
        assert!(
            request.contains("authorization: basic dxnlcjpwdw=="),
            "{request}"
        );
        let output = fetch_with(&url, &[]);
        assert!(
            output.contains("downloading http://***@") && !output.contains("pw"),
            "{output}"
        );
    }
}

#[test]
fn limits_a_slow_download() {
    let fixture = Fixture::new();
    let server = Fault::SlowDrip.serve(&fixture.artifact).unwrap();
    let limits = Limits {
        pauses: limits_without_pauses().pauses,
        ..Limits::with_total(Duration::from_millis(200))
    };
    let error = fixture.obtain_with_limits(&server, limits).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("timeout") && message.contains("after 3 tries"),
        "{message}"
    );
    assert_eq!(server.connections(), 3);
}

// --- TLS and environment variables, which each need a separate process ---

/// Variables of this machine that determine proxies and authorities.
const INHERITED: [&str; 10] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Fetches `url` in a new process with `variables` set; returns its output.
fn fetch_with(url: &str, variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args([
        "--exact",
        "fetch_in_child_process",
        "--ignored",
        "--nocapture",
    ]);
    for name in INHERITED {
        child.env_remove(name);
    }
    child.envs(variables.iter().copied()).env("FETCH_URL", url);
    let output = child.output().unwrap();
    let texts = [output.stdout, output.stderr];
    texts.map(|text| String::from_utf8(text).unwrap()).concat()
}

#[test]
#[ignore = "the tests below run it in a child process"]
fn fetch_in_child_process() {
    // `cargo test -- --ignored` runs this without the variable, and it should pass.
    let Ok(url) = env::var("FETCH_URL") else {
        return;
    };
    let limits = Limits {
        pauses: Vec::new(),
        ..Limits::default()
    };
    match fetch(&url.parse().unwrap(), &limits) {
        Ok(bytes) => println!("received: {}", String::from_utf8_lossy(&bytes)),
        Err(error) => println!("error: {error}"),
    }
}

#[test]
fn trusts_only_configured_authorities() {
    let https = tls::serve("200 OK", "", b"over tls").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let fetch_trusting = |pem: &str| {
        let path = dir.path().join("authorities");
        fs::write(&path, pem).unwrap();
        let file = ("SSL_CERT_FILE", path.to_str().unwrap());
        fetch_with(&https.server.url(), &[file, ("SSL_CERT_DIR", "/nowhere")])
    };
    let output = fetch_trusting(&tls::unrelated_certificate().unwrap());
    assert!(output.contains("UnknownIssuer"), "{output}");
    assert!(output.contains("set SSL_CERT_FILE"), "{output}");
    let output = fetch_trusting(&https.certificate);
    assert!(output.contains("received: over tls"), "{output}");
    let output = fetch_trusting("");
    assert!(output.contains("CA certificates: none found"), "{output}");
}

#[test]
fn names_the_variables_of_missing_authorities() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    let missing = missing.to_str().unwrap();
    let https = tls::serve("200 OK", "", b"over tls").unwrap();
    fs::write(dir.path().join("authority.pem"), &https.certificate).unwrap();
    let url = https.server.url();

    // Also if SSL_CERT_DIR has authorities.
    for directory in ["/nowhere", dir.path().to_str().unwrap()] {
        let variables = [("SSL_CERT_FILE", missing), ("SSL_CERT_DIR", directory)];
        let output = fetch_with(&url, &variables);
        let expected = format!("error: SSL_CERT_FILE: cannot read \"{missing}\": No such file");
        assert!(output.contains(&expected), "{output}");
    }
    let output = fetch_with(&url, &[("SSL_CERT_DIR", missing)]);
    let expected = format!("none found in SSL_CERT_DIR={missing}");
    assert!(output.contains(&expected), "{output}");
    assert_eq!(https.server.connections(), 0);
}

/// A file with the certificate of a TLS server, and its directory.
fn write_authorities(certificate: &str) -> (TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("authorities");
    fs::write(&path, certificate).unwrap();
    (dir, path.to_str().unwrap().to_owned())
}

#[test]
fn rejects_redirects_from_https_to_http() {
    let plain = Server::with_file(b"plain").unwrap();
    let location = format!("Location: {}/asset\r\n", plain.url());
    let https = tls::serve("302 Found", location, b"").unwrap();
    let (_dir, path) = write_authorities(&https.certificate);
    let output = fetch_with(&https.server.url(), &[("SSL_CERT_FILE", &path)]);
    assert!(output.contains("/asset: not https"), "{output}");
    assert_eq!(https.server.connections(), 1);
    assert_eq!(plain.connections(), 0);
}

#[test]
fn verifies_https_after_a_redirect_from_this_machine() {
    let https = tls::serve("200 OK", "", b"over tls").unwrap();
    let plain = redirect_to(&https.server.url());
    let (_dir, path) = write_authorities(&https.certificate);
    let output = fetch_with(&plain.url(), &[("SSL_CERT_FILE", &path)]);
    assert!(output.contains("received: over tls"), "{output}");
    let (_dir, path) = write_authorities(&tls::unrelated_certificate().unwrap());
    let output = fetch_with(&plain.url(), &[("SSL_CERT_FILE", &path)]);
    assert!(output.contains("UnknownIssuer"), "{output}");
}

/// Starts a proxy that refuses every connection.
fn start_proxy() -> Server {
    Server::start(|_, stream| respond(stream, "502 Bad Gateway", "", b"")).unwrap()
}

#[test]
fn uses_a_proxy() {
    let mirror = redirect_to("https://host.test/asset");
    let (_dir, authorities) = write_authorities(&tls::unrelated_certificate().unwrap());
    for url in ["https://host.test/asset", &mirror.url()] {
        for variable in ["https_proxy", "all_proxy"] {
            let proxy = start_proxy();
            let proxy_url = proxy.url();
            let variables = [(variable, &*proxy_url), ("SSL_CERT_FILE", &authorities)];
            let output = fetch_with(url, &variables);
            assert!(output.contains("error: "), "{output}");
            let requests = proxy.requests();
            assert_eq!(requests.len(), 1, "{requests:?}");
            assert!(
                requests[0].starts_with("CONNECT host.test:443 "),
                "{requests:?}"
            );
        }
    }
}

#[test]
fn connects_to_this_machine_without_a_proxy() {
    let server = Server::with_file(b"direct").unwrap();
    for variable in ["https_proxy", "all_proxy", "http_proxy"] {
        let proxy = start_proxy();
        let output = fetch_with(&server.url(), &[(variable, &proxy.url())]);
        assert!(output.contains("received: direct"), "{output}");
        assert_eq!(proxy.connections(), 0);
    }
}

#[test]
fn names_the_variable_of_an_invalid_proxy() {
    for (value, reason) in [
        ("http://user:pw@127.0.0.1:99999", "the port is not a number"),
        ("socks5://127.0.0.1:1", "only http and https proxies"),
        ("user:pw@", "invalid authority"),
    ] {
        let output = fetch_with("https://host.test/asset", &[("https_proxy", value)]);
        let expected = format!("error: https_proxy: not a valid proxy: {reason}");
        assert!(output.contains(&expected), "{output}");
        assert!(!output.contains("pw"), "{output}");
    }
}
