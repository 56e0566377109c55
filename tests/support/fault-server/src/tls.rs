//! A server that uses TLS, with a self-signed certificate.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{CertificateParams, CertifiedKey, DnType, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::{Server, read_head, respond};

/// A running TLS server.
pub struct TlsServer {
    /// The server, with an https URL.
    pub server: Server,
    /// The server's certificate as PEM, for clients that should trust it.
    pub certificate: String,
}

/// Starts a TLS server that responds to every request with this status, additional header lines (each
/// with its CRLF) and body. Fails if no port or no randomness is available.
pub fn serve(
    status: &'static str,
    headers: impl Into<String>,
    body: &[u8],
) -> io::Result<TlsServer> {
    let certified_key = generate_certificate("fault-server")?;
    let (headers, body) = (headers.into(), body.to_vec());
    let certificate = certified_key.cert.pem();
    let config = Arc::new(server_config(certified_key)?);
    let handler = move |_: usize, stream: &mut TcpStream| {
        let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        read_head(&mut stream)?;
        respond(&mut stream, status, &headers, &body)?;
        stream.conn.send_close_notify();
        stream.flush()
    };
    Ok(TlsServer {
        server: Server::start_raw(handler)?.with_https(),
        certificate,
    })
}

/// Returns a certificate, as PEM, that no server here uses.
pub fn unrelated_certificate() -> io::Result<String> {
    Ok(generate_certificate("unrelated")?.cert.pem())
}

/// Generates a self-signed certificate for 127.0.0.1 with the common name `name`.
fn generate_certificate(name: &str) -> io::Result<CertifiedKey<KeyPair>> {
    let addresses = ["127.0.0.1".to_owned()];
    let mut params = CertificateParams::new(addresses).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, name);
    let signing_key = KeyPair::generate().map_err(io::Error::other)?;
    let cert = params.self_signed(&signing_key).map_err(io::Error::other)?;
    Ok(CertifiedKey { cert, signing_key })
}

fn server_config(certified_key: CertifiedKey<KeyPair>) -> io::Result<ServerConfig> {
    let key = PrivateKeyDer::try_from(certified_key.signing_key.serialize_der())
        .map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certified_key.cert.der().clone()], key)
        .map_err(io::Error::other)
}
