//! The HTTP client for what this server calls: pooled connections, TLS by rustls and ring.
//!
//! The image holds no certificates, so the usual authorities are part of the binary;
//! `SSL_CERT_FILE` adds others, such as a company's own.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(2);
/// How long an idle connection is kept: shorter than our own servers keep one, so that none is used
/// while it closes.
const IDLE: Duration = Duration::from_secs(15);

/// A client; make one and clone it, clones share their connections.
pub fn client() -> Result<reqwest::Client, String> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls()?)
        .connect_timeout(CONNECT)
        // Whoever is asked answers, or nobody does: what was sent is for them alone.
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .user_agent(concat!("todo-chatbot/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("the HTTP client cannot be built: {error}"))
}

fn tls() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    Ok(config
        .with_root_certificates(roots()?)
        .with_no_client_auth())
}

fn roots() -> Result<RootCertStore, String> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
        let wrong = |why: &dyn std::fmt::Display| {
            format!(
                "SSL_CERT_FILE is `{}`, which cannot be used: {why}.",
                path.display()
            )
        };
        for certificate in CertificateDer::pem_file_iter(&path).map_err(|error| wrong(&error))? {
            roots
                .add(certificate.map_err(|error| wrong(&error))?)
                .map_err(|error| wrong(&error))?;
        }
    }
    Ok(roots)
}
