//! Mode 3 against a real HTTP server on this machine, which does all that servers do.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::env;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, CertifiedKey, DnType, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use stage0_artifact::{Sha256Digest, Target};
use stage0_source::download::{Download, Failure, Limits, Obtained, Origin, fetch};
use stage0_testing::ElfFile;
use stage0_testing::server::{Server, read_head, respond};
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
        let sidecar = format!("{}  name\n", Sha256Digest::of(&artifact));
        fs::write(dir.path().join("sidecar"), sidecar).unwrap();
        Place { dir, artifact }
    }

    fn entry(&self) -> PathBuf {
        let digest = Sha256Digest::of(&self.artifact).to_string();
        self.dir.path().join("cache").join(digest)
    }

    fn obtain(&self, server: &Server) -> Result<Obtained, Failure> {
        self.obtain_within(server, &quick())
    }

    fn obtain_within(&self, server: &Server, limits: &Limits) -> Result<Obtained, Failure> {
        let download = Download {
            url: format!("http://{}/asset", server.address()),
            sidecar: self.dir.path().join("sidecar"),
            cache: Some(self.dir.path().join("cache")),
            target: Target::Aarch64,
        };
        download.obtain(limits)
    }

    /// What it says, where nothing is kept of it.
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
        sleep: |_| {},
        ..Limits::default()
    }
}

fn serve(answer: impl Fn(usize, &mut TcpStream) -> io::Result<()> + Send + 'static) -> Server {
    Server::start(answer).unwrap()
}

#[test]
fn the_right_file_is_taken_and_kept() {
    let place = Place::new();
    let body = place.artifact.clone();
    let server = serve(move |_, stream| respond(stream, "200 OK", "", &body));
    let obtained = place.obtain(&server).unwrap();
    assert_eq!(obtained.origin, Origin::Network);
    assert_eq!(obtained.bytes, place.artifact);
    assert_eq!(obtained.warnings, [""; 0]);
    assert!(server.requests()[0].starts_with("GET /asset HTTP/1.1\r\n"));
    drop(server);

    // Nobody who knows the file is there any more, and nobody is asked.
    let nobody = serve(|_, _| Ok(()));
    let obtained = place.obtain(&nobody).unwrap();
    assert_eq!(obtained.origin, Origin::Cache(place.entry()));
    assert_eq!(obtained.bytes, place.artifact);
    assert_eq!(nobody.connections(), 0);
}

#[test]
fn a_tampered_cache_is_noticed_and_mended() {
    let place = Place::new();
    let body = place.artifact.clone();
    let server = serve(move |_, stream| respond(stream, "200 OK", "", &body));
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
fn a_cache_that_cannot_be_written_costs_no_build() {
    let place = Place::new();
    fs::write(place.dir.path().join("cache"), "a file").unwrap();
    let body = place.artifact.clone();
    let server = serve(move |_, stream| respond(stream, "200 OK", "", &body));
    let obtained = place.obtain(&server).unwrap();
    assert_eq!(obtained.bytes, place.artifact);
    let warnings = obtained.warnings.join("\n");
    assert!(
        warnings.contains("not kept for the next build"),
        "{warnings}"
    );
}

#[test]
fn another_file_is_refused_with_both_digests() {
    let place = Place::new();
    let server = serve(|_, stream| respond(stream, "200 OK", "", b"another"));
    let message = place.failure(&server);
    for digest in [
        Sha256Digest::of(b"another"),
        Sha256Digest::of(&place.artifact),
    ] {
        assert!(message.contains(&digest.to_string()), "{message}");
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_released_file_that_is_no_stage0_is_refused() {
    let place = Place::new();
    let sidecar = Sha256Digest::of(b"#!/bin/sh\n").to_string();
    fs::write(place.dir.path().join("sidecar"), sidecar).unwrap();
    let server = serve(|_, stream| respond(stream, "200 OK", "", b"#!/bin/sh\n"));
    assert!(place.failure(&server).contains("a script"));
}

#[test]
fn a_missing_sidecar_is_said_before_anybody_is_asked() {
    let place = Place::new();
    fs::remove_file(place.dir.path().join("sidecar")).unwrap();
    let server = serve(|_, _| Ok(()));
    let message = place.failure(&server);
    assert!(message.contains("sidecar: no such file"), "{message}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_truncated_body_is_tried_again_and_then_given_up() {
    let place = Place::new();
    let server =
        serve(|_, stream| stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"));
    let message = place.failure(&server);
    assert!(message.contains("after 3 tries"), "{message}");
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_length_that_is_too_short_gives_another_file() {
    let place = Place::new();
    let body = place.artifact.clone();
    let server = serve(move |_, stream| {
        let short = body.len() - 1;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {short}\r\n\r\n")?;
        stream.write_all(&body)
    });
    assert!(place.failure(&server).contains("its sha256 is"));
}

#[test]
fn a_length_that_is_none_is_an_error() {
    let place = Place::new();
    let server =
        serve(|_, stream| stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"));
    place.failure(&server);
    assert_eq!(server.connections(), 1);
}

#[test]
fn what_is_too_large_is_not_read() {
    let place = Place::new();
    let server =
        serve(|_, stream| stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n"));
    let message = place.failure(&server);
    assert!(message.contains("larger than 67108864 bytes"), "{message}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn what_is_endless_is_not_read_to_the_end() {
    let place = Place::new();
    let server = serve(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
        // Until the client hangs up.
        loop {
            stream.write_all(&[0; 1 << 16])?;
        }
    });
    let message = place.failure(&server);
    assert!(message.contains("larger than 67108864 bytes"), "{message}");
}

#[test]
fn a_404_is_final_and_says_what_it_means() {
    let place = Place::new();
    let server = serve(|_, stream| respond(stream, "404 Not Found", "", b"no"));
    let message = place.failure(&server);
    assert!(
        message.contains("404, no such file; is this version released?"),
        "{message}"
    );
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_500_may_pass_and_a_third_one_does_not() {
    let place = Place::new();
    let body = place.artifact.clone();
    let server = serve(move |number, stream| match number {
        0 => respond(stream, "500 Internal Server Error", "", b""),
        _ => respond(stream, "200 OK", "", &body),
    });
    assert_eq!(place.obtain(&server).unwrap().bytes, place.artifact);
    assert_eq!(server.connections(), 2);

    let place = Place::new();
    let server = serve(|_, stream| respond(stream, "503 Service Unavailable", "", b""));
    let message = place.failure(&server);
    assert!(
        message.contains("503") && message.contains("after 3 tries"),
        "{message}"
    );
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_redirect_is_followed_but_not_for_ever() {
    let place = Place::new();
    let body = place.artifact.clone();
    let server = serve(move |number, stream| match number {
        0 => respond(stream, "302 Found", "Location: /elsewhere\r\n", b""),
        _ => respond(stream, "200 OK", "", &body),
    });
    assert_eq!(place.obtain(&server).unwrap().bytes, place.artifact);
    assert!(server.requests()[1].starts_with("GET /elsewhere "));

    let place = Place::new();
    let server = serve(|_, stream| respond(stream, "302 Found", "Location: /again\r\n", b""));
    let message = place.failure(&server);
    assert!(message.contains("redirect"), "{message}");
    assert_eq!(server.connections(), 6, "one request and five redirects");
}

#[test]
fn a_reset_connection_is_tried_again() {
    let place = Place::new();
    let body = place.artifact.clone();
    let server = Server::raw(move |number, stream| {
        if number == 0 {
            // Closed with the request unread, which the kernel makes a reset.
            stream.peek(&mut [0])?;
            return Ok(());
        }
        read_head(stream)?;
        respond(stream, "200 OK", "", &body)
    })
    .unwrap();
    assert_eq!(place.obtain(&server).unwrap().bytes, place.artifact);
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_slow_drip_has_an_end() {
    let place = Place::new();
    let server = serve(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
        // A byte whenever the client has said nothing for a while, until it hangs up.
        stream.set_read_timeout(Some(Duration::from_millis(5)))?;
        loop {
            match stream.read(&mut [0]).map_err(|error| error.kind()) {
                Err(ErrorKind::WouldBlock | ErrorKind::TimedOut) => stream.write_all(b"x")?,
                _ => return Ok(()),
            }
        }
    });
    let limits = Limits {
        body: Duration::from_millis(200),
        ..quick()
    };
    let error = place.obtain_within(&server, &limits).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("timeout") && message.contains("after 3 tries"),
        "{message}"
    );
    assert_eq!(server.connections(), 3);
}

// --- TLS, and what the environment says: each in a process of its own ------------------------------

/// A certificate of our own making.
fn certificate(name: &str) -> CertifiedKey<KeyPair> {
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    let signing_key = KeyPair::generate().unwrap();
    let cert = params.self_signed(&signing_key).unwrap();
    CertifiedKey { cert, signing_key }
}

/// A server with such a certificate, and that certificate.
fn tls(status: &'static str, headers: &'static str) -> (Server, String) {
    let made = certificate("server");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let server = Server::raw(move |_, stream| {
        let connection = rustls::ServerConnection::new(config.clone()).map_err(io::Error::other)?;
        let mut stream = rustls::StreamOwned::new(connection, stream);
        read_head(&mut stream)?;
        respond(&mut stream, status, headers, b"over tls")?;
        stream.conn.send_close_notify();
        stream.flush()
    })
    .unwrap();
    (server, made.cert.pem())
}

/// What a process with these variables gets from `url`.
fn fetch_with(url: &str, variables: &[(&str, &str)]) -> String {
    let output = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "in_a_process_of_its_own",
            "--ignored",
            "--nocapture",
        ])
        .envs(variables.iter().copied())
        .env("FETCH_URL", url)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "the tests below run it"]
fn in_a_process_of_its_own() {
    // Nothing to do where somebody runs all that is ignored.
    let Ok(url) = env::var("FETCH_URL") else {
        return;
    };
    let limits = Limits {
        pauses: Vec::new(),
        ..quick()
    };
    match fetch(&url, &limits) {
        Ok(bytes) => println!("got: {}", String::from_utf8(bytes).unwrap()),
        Err(error) => println!("error: {error}"),
    }
}

#[test]
fn an_unknown_authority_is_not_believed_unless_it_is_named() {
    let (server, pem) = tls("200 OK", "");
    let dir = tempfile::tempdir().unwrap();
    let url = format!("https://{}/asset", server.address());
    let with = |pem: &str| {
        let path = dir.path().join("authorities");
        fs::write(&path, pem).unwrap();
        let file = ("SSL_CERT_FILE", path.to_str().unwrap());
        fetch_with(&url, &[file, ("SSL_CERT_DIR", "/nowhere")])
    };
    let said = with(&certificate("another").cert.pem());
    assert!(said.contains("UnknownIssuer"), "{said}");
    assert!(said.contains("set SSL_CERT_FILE"), "{said}");
    let said = with(&pem);
    assert!(said.contains("got: over tls"), "{said}");
    let said = with("");
    assert!(said.contains("no certificates of authorities"), "{said}");
}

#[test]
fn https_does_not_lead_to_http() {
    let plain = serve(|_, stream| respond(stream, "200 OK", "", b"plain"));
    let location = format!("Location: http://{}/asset\r\n", plain.address());
    let (server, pem) = tls("302 Found", location.leak());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("authorities");
    fs::write(&path, pem).unwrap();
    let url = format!("https://{}/asset", server.address());
    let said = fetch_with(&url, &[("SSL_CERT_FILE", path.to_str().unwrap())]);
    assert!(
        said.contains("error: ") && !said.contains("certificate"),
        "{said}"
    );
    assert_eq!(server.connections(), 1);
    assert_eq!(plain.connections(), 0);
}

#[test]
fn a_proxy_is_used() {
    let proxy = serve(|_, stream| respond(stream, "502 Bad Gateway", "", b""));
    let address = format!("http://{}", proxy.address());
    let url = "https://host.test/asset";
    let said = fetch_with(url, &[("https_proxy", &address), ("no_proxy", "")]);
    assert!(said.contains("error: "), "{said}");
    let requests = proxy.requests();
    assert!(
        requests[0].starts_with("CONNECT host.test:443 "),
        "{requests:?}"
    );
}
