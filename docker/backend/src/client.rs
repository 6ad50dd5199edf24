//! Where a request came from, as far as that can be known behind proxies.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;
use todo_core::env::{ConfigError, Env};

use crate::app::App;

/// The proxies whose words about others are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// `TRUSTED_PROXIES`: networks such as `10.0.0.0/8`, with commas; without it nobody is
    /// believed.
    pub fn from_env(env: &Env<'_>) -> Result<Self, ConfigError> {
        let networks = env.list("TRUSTED_PROXIES").into_iter().map(|network| {
            let alone = network.parse::<IpAddr>().map(IpNet::from);
            alone.or_else(|_| network.parse()).map_err(|_| {
                ConfigError(format!(
                    "TRUSTED_PROXIES names `{network}`: each must be an address or a network such as `10.0.0.0/8`."
                ))
            })
        });
        networks.collect::<Result<_, _>>().map(TrustedProxies)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The nearest address that is no trusted proxy's. Further ones are the caller's own words, and
    /// believing them would let anyone escape the rate limits.
    fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.rsplit(','))
            .map_while(|hop| hop.trim().parse().ok());
        let mut nearest = peer;
        for hop in hops {
            if !self.trusts(nearest) {
                break;
            }
            nearest = IpAddr::to_canonical(&hop);
        }
        nearest
    }
}

/// The caller's side of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The address of the network it called from; of an IPv6 network, the part that a site has to
    /// itself.
    pub address: String,
    /// Whether it called over TLS, ended by a proxy.
    pub https: bool,
}

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(Ipv6Addr::UNSPECIFIED.into(), |peer| {
            peer.ip().to_canonical()
        });
        let proxies = &app.trusted_proxies;
        Ok(Client {
            address: site(proxies.origin(peer, &parts.headers)),
            https: proxies.trusts(peer) && forwarded_https(&parts.headers),
        })
    }
}

/// One customer has a whole /64 of IPv6 addresses, so they count as one.
fn site(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 64)).to_string(),
    }
}

fn forwarded_https(headers: &HeaderMap) -> bool {
    headers
        .get("x-forwarded-proto")
        .is_some_and(|scheme| scheme == "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(networks: &'static str) -> Result<TrustedProxies, ConfigError> {
        TrustedProxies::from_env(&Env::new(move |_| Some(networks.to_string())))
    }

    #[track_caller]
    fn check(networks: &'static str, peer: &str, forwarded: &[&str], expected: &str) {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let origin = proxies(networks)
            .unwrap()
            .origin(peer.parse().unwrap(), &headers);
        assert_eq!(site(origin), expected);
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        check("", "10.0.0.7", &["1.1.1.1"], "10.0.0.7");
        check("10.0.0.0/8", "10.0.0.7", &[], "10.0.0.7");
        check("10.0.0.0/8", "10.0.0.7", &["1.1.1.1"], "1.1.1.1");
        check("10.0.0.0/8", "2.2.2.2", &["1.1.1.1"], "2.2.2.2");
        check(
            "10.0.0.0/8",
            "10.0.0.7",
            &["6.6.6.6, 1.1.1.1, 10.0.0.8"],
            "1.1.1.1",
        );
        check(
            "10.0.0.0/8",
            "10.0.0.7",
            &["6.6.6.6", "1.1.1.1,10.0.0.8"],
            "1.1.1.1",
        );
        check(
            "10.0.0.0/8",
            "10.0.0.7",
            &["10.0.0.9, 10.0.0.8"],
            "10.0.0.9",
        );
        check("10.0.0.7", "10.0.0.7", &["6.6.6.6, 10.0.0.8"], "10.0.0.8");
        check("10.0.0.0/8", "10.0.0.7", &["6.6.6.6, nonsense"], "10.0.0.7");
        check(
            "10.0.0.0/8,fd00::/8",
            "fd00::1",
            &["2001:db8:1:2:3::4"],
            "2001:db8:1:2::",
        );
        check("10.0.0.0/8", "10.0.0.7", &["::ffff:1.1.1.1"], "1.1.1.1");
    }

    #[test]
    fn a_network_that_is_none_is_named() {
        assert_eq!(
            proxies("10.0.0.0/8, ingress").unwrap_err().to_string(),
            "TRUSTED_PROXIES names `ingress`: each must be an address or a network such as `10.0.0.0/8`."
        );
    }
}
