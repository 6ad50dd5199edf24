//! A real MCP server for the chat's tools, on the same database as a stage.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mcp_server::app::{self, Parts};
use mcp_server::auth::Auth;
use serde_json::json;
use todo_core::lifecycle::Lifecycle;
use todo_core::token::Tokens;
use todo_core::{server, store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::stage::{Answer, SECRET};

/// A running MCP server. It has threads of its own, so that dropping it cuts its connections too.
pub struct McpServer {
    runtime: Option<Runtime>,
    port: u16,
}

impl McpServer {
    /// Serves the database on that port.
    pub fn start(port: u16, database_url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
        listener.set_nonblocking(true).unwrap();
        runtime.spawn(serve(listener, database_url.to_string()));
        McpServer {
            runtime: Some(runtime),
            port,
        }
    }

    /// Asks it which tools it has, with that session.
    pub async fn tools_for(&self, token: &str) -> Answer {
        let request = backend::outbound::client()
            .unwrap()
            .post(format!("http://127.0.0.1:{}/mcp", self.port))
            .header("accept", "application/json, text/event-stream")
            .bearer_auth(token)
            .json(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}));
        Answer::of(request.send().await.unwrap()).await
    }
}

impl Drop for McpServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A way to the server at `port` on which every request takes so long; its port.
pub async fn slowed(by: Duration, port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let way = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((caller, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else {
                return;
            };
            let ((mut asking, mut asked), (mut answering, mut answered)) =
                (caller.into_split(), server.into_split());
            tokio::spawn(async move { tokio::io::copy(&mut answering, &mut asked).await });
            tokio::spawn(async move {
                let mut piece = [0; 64 * 1024];
                while let Ok(count @ 1..) = asking.read(&mut piece).await {
                    tokio::time::sleep(by).await;
                    answered.write_all(&piece[..count]).await.unwrap();
                }
            });
        }
    });
    way
}

/// A way to the server at `port` that breaks for good once it has passed on an answer with that
/// text in it; its port.
pub async fn breaking_after(text: &'static str, port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let way = listener.local_addr().unwrap().port();
    let broken = Arc::new(AtomicBool::new(false));
    tokio::spawn(async move {
        while let Ok((caller, _)) = listener.accept().await {
            tokio::spawn(pass_on(caller, port, text, broken.clone()));
        }
    });
    way
}

async fn pass_on(mut caller: TcpStream, port: u16, text: &str, broken: Arc<AtomicBool>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else {
        return;
    };
    let (mut asked, mut answered) = ([0; 16 * 1024], [0; 16 * 1024]);
    loop {
        tokio::select! {
            read = caller.read(&mut asked) => match read {
                Ok(count) if count > 0 && !broken.load(Ordering::Relaxed) => server.write_all(&asked[..count]).await.unwrap(),
                _ => return,
            },
            read = server.read(&mut answered) => match read {
                Ok(count) if count > 0 => {
                    let has_text = String::from_utf8_lossy(&answered[..count]).contains(text);
                    broken.fetch_or(has_text, Ordering::Relaxed);
                    caller.write_all(&answered[..count]).await.unwrap();
                }
                _ => return,
            },
        }
    }
}

async fn serve(listener: std::net::TcpListener, database_url: String) {
    let lifecycle = Lifecycle::new(std::time::Duration::ZERO);
    let parts = Parts {
        store: store::open_url(&database_url).await.unwrap(),
        auth: Auth::Token(Tokens::new(SECRET)),
        allowed_hosts: vec!["127.0.0.1".to_string()],
        lifecycle: lifecycle.clone(),
        closing: CancellationToken::new(),
    };
    let listener = TcpListener::from_std(listener).unwrap();
    server::serve(
        listener,
        app::router(parts),
        &lifecycle,
        std::future::ready(()),
    )
    .await;
}
