//! The same over TLS, with a certificate that no authority has signed.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{CertificateParams, CertifiedKey, DnType, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::{Server, read_head, respond};

/// A server over TLS.
pub struct TlsServer {
    /// The server; its URL is an https one.
    pub server: Server,
    /// Its certificate as PEM, for clients that are to believe it.
    pub certificate: String,
}

/// Starts a server that always gives the same answer. Fails where there is no port or no randomness.
pub fn serve(
    status: &'static str,
    headers: impl Into<String>,
    body: &[u8],
) -> io::Result<TlsServer> {
    let made = certify("fault-server")?;
    let (headers, body) = (headers.into(), body.to_vec());
    let certificate = made.cert.pem();
    let config = Arc::new(configuration(made)?);
    let answer = move |_: usize, stream: &mut TcpStream| {
        let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        read_head(&mut stream)?;
        respond(&mut stream, status, &headers, &body)?;
        stream.conn.send_close_notify();
        stream.flush()
    };
    Ok(TlsServer {
        server: Server::raw(answer)?.over_tls(),
        certificate,
    })
}

/// The certificate, as PEM, of an authority that has nothing to do with any server here.
pub fn unrelated_certificate() -> io::Result<String> {
    Ok(certify("unrelated")?.cert.pem())
}

/// A certificate for this machine that `name` has signed for itself.
fn certify(name: &str) -> io::Result<CertifiedKey<KeyPair>> {
    let addresses = ["127.0.0.1".to_owned()];
    let mut params = CertificateParams::new(addresses).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, name);
    let signing_key = KeyPair::generate().map_err(io::Error::other)?;
    let cert = params.self_signed(&signing_key).map_err(io::Error::other)?;
    Ok(CertifiedKey { cert, signing_key })
}

fn configuration(made: CertifiedKey<KeyPair>) -> io::Result<ServerConfig> {
    let key =
        PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .map_err(io::Error::other)
}
