//! An HTTPS server with a self-signed certificate.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{CertificateParams, CertifiedKey, DnType, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::{Server, read_head, respond};

/// A running HTTPS server and its certificate.
pub struct TlsServer {
    /// The server; its URL begins with `https://`.
    pub server: Server,
    /// The certificate as PEM, for clients that should trust it.
    pub certificate: String,
}

/// Starts a server that always sends the same response. Fails if no port or no randomness is available.
pub fn serve(
    status: &'static str,
    headers: impl Into<String>,
    body: &[u8],
) -> io::Result<TlsServer> {
    let certified = self_sign("fault-server")?;
    let (headers, body) = (headers.into(), body.to_vec());
    let certificate = certified.cert.pem();
    let config = Arc::new(server_config(certified)?);
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

/// Returns the certificate, as PEM, of an authority that signed none of these servers' certificates.
pub fn unrelated_certificate() -> io::Result<String> {
    Ok(self_sign("unrelated")?.cert.pem())
}

/// Creates a self-signed certificate of `name` for 127.0.0.1.
fn self_sign(name: &str) -> io::Result<CertifiedKey<KeyPair>> {
    let addresses = ["127.0.0.1".to_owned()];
    let mut params = CertificateParams::new(addresses).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, name);
    let signing_key = KeyPair::generate().map_err(io::Error::other)?;
    let cert = params.self_signed(&signing_key).map_err(io::Error::other)?;
    Ok(CertifiedKey { cert, signing_key })
}

fn server_config(certified: CertifiedKey<KeyPair>) -> io::Result<ServerConfig> {
    let key =
        PrivateKeyDer::try_from(certified.signing_key.serialize_der()).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .map_err(io::Error::other)
}
