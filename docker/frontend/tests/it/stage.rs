//! Sets the stage: a frontend on a free port, in front of any backend.

use std::net::SocketAddr;

use axum::Router;
use frontend::app;
use frontend::config::Config;
use reqwest::{Client, RequestBuilder};
use todo_core::env::Env;
use tokio::net::TcpListener;

/// A running frontend and a client that does not follow its redirects.
pub struct Stage {
    url: String,
    client: Client,
}

impl Stage {
    /// A frontend without a backend.
    pub async fn alone() -> Self {
        Self::with(&[("BACKEND_URL", &format!("http://{}", free_address().await))]).await
    }

    /// A frontend before `backend`.
    pub async fn before(backend: Router) -> Self {
        let address = serve(backend).await;
        Self::with(&[("BACKEND_URL", &format!("http://{address}"))]).await
    }

    /// A frontend with this environment.
    pub async fn with(env: &[(&str, &str)]) -> Self {
        let lookup = |name: &str| {
            env.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_string())
        };
        let config = Config::from_env(&Env::new(lookup)).expect("the test's environment is right");
        let url = format!("http://{}", serve(app::router(&config)).await);
        // A second test finds it there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .build()
            .expect("a client can be built");
        Self { url, client }
    }

    /// A GET, yet to be sent.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    /// A POST, yet to be sent.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }
}

/// Serves `router` until the test ends.
pub async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    spawn(listener, router);
    address
}

/// Serves `router` on this socket until the test ends.
pub fn spawn(listener: TcpListener, router: Router) {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
}

/// An address where nobody listens.
pub async fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    listener
        .local_addr()
        .expect("a bound socket has an address")
}
