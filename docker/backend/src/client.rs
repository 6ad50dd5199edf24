//! Where a request came from, as far as that can be known behind proxies.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The caller's side of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The address of the network it called from.
    pub address: String,
    /// Whether it called over TLS, ended by a proxy.
    pub https: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer
            .map(|ConnectInfo(peer)| peer.ip().to_string())
            .unwrap_or_default();
        Ok(Client {
            address: forwarded_for(&parts.headers).unwrap_or(peer),
            https: forwarded_https(&parts.headers),
        })
    }
}

/// The last address: the one the nearest proxy saw. Those before it are the caller's own
/// words, and believing them would let anyone escape the rate limits.
fn forwarded_for(headers: &HeaderMap) -> Option<String> {
    let hops = headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()?
        .to_str()
        .ok()?;
    let nearest = hops.rsplit(',').next()?.trim();
    (!nearest.is_empty()).then(|| nearest.to_string())
}

fn forwarded_https(headers: &HeaderMap) -> bool {
    headers
        .get("x-forwarded-proto")
        .is_some_and(|scheme| scheme == "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_proxy_is_believed() {
        let mut headers = HeaderMap::new();
        assert_eq!(forwarded_for(&headers), None);
        headers.insert("x-forwarded-for", "6.6.6.6, 10.0.0.7".parse().unwrap());
        assert_eq!(forwarded_for(&headers).as_deref(), Some("10.0.0.7"));
    }
}
