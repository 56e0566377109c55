//! Mode 3 against a real HTTP server on this machine, which does all that servers do.
//! (`tests/cargo` has the same faults through the real cargo.)
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use fastboop_files::Sha256Digest;
use fault_server::{Fault, Server, respond, tls};
use stage0_artifact::Target;
use stage0_source::download::{Asset, Download, Failure, Limits, Origin, fetch};
use stage0_testing::ElfFile;
use tempfile::TempDir;

/// A directory with a sidecar and a cache, and the artifact that the sidecar is of.
struct Place {
    dir: TempDir,
    artifact: Vec<u8>,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let artifact = ElfFile::aarch64().build();
        let sidecar = format!("{}  name\n", Sha256Digest::compute(&artifact));
        fs::write(dir.path().join("sidecar"), sidecar).unwrap();
        Place { dir, artifact }
    }

    fn entry(&self) -> PathBuf {
        let digest = Sha256Digest::compute(&self.artifact).to_string();
        self.dir.path().join("cache").join(digest)
    }

    fn obtain(&self, server: &Server) -> Result<Asset, Failure> {
        self.obtain_within(server, quick())
    }

    fn obtain_within(&self, server: &Server, limits: Limits) -> Result<Asset, Failure> {
        let download = Download {
            url: server.url() + "/asset",
            sidecar: self.dir.path().join("sidecar"),
            cache: Some(self.dir.path().join("cache")),
            target: Target::Aarch64,
            limits,
        };
        download.obtain()
    }

    /// The error of a download that fails and leaves nothing in the cache.
    fn failure(&self, server: &Server) -> String {
        let error = self.obtain(server).unwrap_err().to_string();
        assert!(!self.entry().exists(), "{error}");
        error
    }
}

/// Three tries without waiting between them.
fn quick() -> Limits {
    Limits {
        pauses: vec![Duration::ZERO; 2],
        ..Limits::default()
    }
}

/// Asserts that the download fails after that many connections, with `words` in the error.
fn stops(fault: Fault, connections: usize, words: &[&str]) {
    let place = Place::new();
    let server = fault.serve(&place.artifact).unwrap();
    let message = place.failure(&server);
    for word in words {
        assert!(message.contains(word), "{fault:?}: {word}: {message}");
    }
    assert_eq!(server.connections(), connections, "{fault:?}: {message}");
}

/// Asserts that the download succeeds with the second connection; returns the server.
fn passes(fault: Fault) -> Server {
    let place = Place::new();
    let server = fault.serve(&place.artifact).unwrap();
    assert_eq!(place.obtain(&server).unwrap().bytes, place.artifact);
    assert_eq!(server.connections(), 2, "{fault:?}");
    server
}

#[test]
fn downloads_and_caches_the_right_file() {
    let place = Place::new();
    let server = Server::with_file(&place.artifact).unwrap();
    let obtained = place.obtain(&server).unwrap();
    assert_eq!(obtained.origin, Origin::Network);
    assert_eq!(obtained.bytes, place.artifact);
    assert_eq!(obtained.warnings, [""; 0]);
    assert!(server.requests()[0].starts_with("GET /asset HTTP/1.1\r\n"));
    drop(server);

    // The second time the server does not have the file, and gets no request.
    let nobody = Fault::NotFound.serve(&[]).unwrap();
    let obtained = place.obtain(&nobody).unwrap();
    assert_eq!(obtained.origin, Origin::Cache(place.entry()));
    assert_eq!(obtained.bytes, place.artifact);
    assert_eq!(nobody.connections(), 0);
}

#[test]
fn replaces_a_tampered_cache_entry() {
    let place = Place::new();
    let server = Server::with_file(&place.artifact).unwrap();
    place.obtain(&server).unwrap();
    for bad in [&b"tampered"[..], b""] {
        fs::write(place.entry(), bad).unwrap();
        let obtained = place.obtain(&server).unwrap();
        assert_eq!(obtained.origin, Origin::Network);
        assert!(obtained.warnings[0].contains("downloaded again"));
        assert_eq!(fs::read(place.entry()).unwrap(), place.artifact);
    }
    assert_eq!(server.connections(), 3);
}

#[test]
fn builds_with_an_unwritable_cache() {
    let place = Place::new();
    fs::write(place.dir.path().join("cache"), "a file").unwrap();
    let server = Server::with_file(&place.artifact).unwrap();
    let obtained = place.obtain(&server).unwrap();
    assert_eq!(obtained.bytes, place.artifact);
    let warnings = obtained.warnings.join("\n");
    assert!(
        warnings.contains("not kept for the next build"),
        "{warnings}"
    );
}

#[test]
fn rejects_another_file_with_both_digests() {
    let digests = [b"another".to_vec(), Place::new().artifact]
        .map(|bytes| Sha256Digest::compute(&bytes).to_string());
    stops(Fault::OtherFile, 1, &[&digests[0], &digests[1]]);
}

#[test]
fn rejects_a_release_asset_that_is_not_a_stage0() {
    let place = Place::new();
    let sidecar = Sha256Digest::compute(b"#!/bin/sh\n").to_string();
    fs::write(place.dir.path().join("sidecar"), sidecar).unwrap();
    let server = Server::with_file(b"#!/bin/sh\n").unwrap();
    assert!(place.failure(&server).contains("a script"));
}

#[test]
fn reports_a_missing_sidecar_before_connecting() {
    let place = Place::new();
    fs::remove_file(place.dir.path().join("sidecar")).unwrap();
    let server = Server::with_file(&place.artifact).unwrap();
    let message = place.failure(&server);
    assert!(message.contains("sidecar: no such file"), "{message}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn retries_temporary_faults() {
    passes(Fault::ErrorOnce);
    passes(Fault::ResetOnce);
}

#[test]
fn gives_up_on_lasting_faults() {
    stops(Fault::Truncated, 3, &["after 3 tries"]);
    stops(Fault::Unavailable, 3, &["503", "after 3 tries"]);
}

#[test]
fn does_not_retry_permanent_faults() {
    let meaning = "404, no such file; is this version released?";
    stops(Fault::NotFound, 1, &[meaning]);
    stops(Fault::ShortLength, 1, &["SHA-256 mismatch"]);
    stops(Fault::InvalidLength, 1, &["after 1 try"]);
    stops(Fault::TooLong, 1, &["larger than 67108864 bytes"]);
    stops(Fault::Endless, 1, &["larger than 67108864 bytes"]);
}

#[test]
fn follows_a_limited_number_of_redirects() {
    let server = passes(Fault::RedirectOnce);
    assert!(server.requests()[1].starts_with("GET /elsewhere "));
    // One request and five redirects.
    stops(Fault::RedirectLoop, 6, &["redirect"]);
}

#[test]
fn limits_a_slow_download() {
    let place = Place::new();
    let server = Fault::SlowDrip.serve(&place.artifact).unwrap();
    let limits = Limits {
        pauses: quick().pauses,
        ..Limits::with_total(Duration::from_millis(200))
    };
    let error = place.obtain_within(&server, limits).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("timeout") && message.contains("after 3 tries"),
        "{message}"
    );
    assert_eq!(server.connections(), 3);
}

// --- TLS and environment variables: each in a process of its own ---

/// Fetches `url` in a process with these variables; returns its output.
fn fetch_with(url: &str, variables: &[(&str, &str)]) -> String {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "run_in_own_process", "--ignored", "--nocapture"])
        .envs(variables.iter().copied())
        .env("FETCH_URL", url)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "the tests below run it"]
fn run_in_own_process() {
    // Without the variable, `cargo test -- --ignored` runs it: pass.
    let Ok(url) = env::var("FETCH_URL") else {
        return;
    };
    let limits = Limits {
        pauses: Vec::new(),
        ..Limits::default()
    };
    match fetch(&url, &limits) {
        Ok(bytes) => println!("got: {}", String::from_utf8(bytes).unwrap()),
        Err(error) => println!("error: {error}"),
    }
}

#[test]
fn trusts_only_named_authorities() {
    let made = tls::serve("200 OK", "", b"over tls").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let with = |pem: &str| {
        let path = dir.path().join("authorities");
        fs::write(&path, pem).unwrap();
        let file = ("SSL_CERT_FILE", path.to_str().unwrap());
        fetch_with(&made.server.url(), &[file, ("SSL_CERT_DIR", "/nowhere")])
    };
    let output = with(&tls::unrelated_certificate().unwrap());
    assert!(output.contains("UnknownIssuer"), "{output}");
    assert!(output.contains("set SSL_CERT_FILE"), "{output}");
    let output = with(&made.certificate);
    assert!(output.contains("got: over tls"), "{output}");
    let output = with("");
    assert!(
        output.contains("no certificates of authorities"),
        "{output}"
    );
}

#[test]
fn rejects_redirects_from_https_to_http() {
    let plain = Server::with_file(b"plain").unwrap();
    let location = format!("Location: {}/asset\r\n", plain.url());
    let made = tls::serve("302 Found", location, b"").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("authorities");
    fs::write(&path, made.certificate).unwrap();
    let output = fetch_with(
        &made.server.url(),
        &[("SSL_CERT_FILE", path.to_str().unwrap())],
    );
    assert!(
        output.contains("error: ") && !output.contains("certificate"),
        "{output}"
    );
    assert_eq!(made.server.connections(), 1);
    assert_eq!(plain.connections(), 0);
}

#[test]
fn uses_a_proxy() {
    let proxy = Server::start(|_, stream| respond(stream, "502 Bad Gateway", "", b"")).unwrap();
    let url = "https://host.test/asset";
    let output = fetch_with(url, &[("https_proxy", &proxy.url()), ("no_proxy", "")]);
    assert!(output.contains("error: "), "{output}");
    let requests = proxy.requests();
    assert!(
        requests[0].starts_with("CONNECT host.test:443 "),
        "{requests:?}"
    );
}
