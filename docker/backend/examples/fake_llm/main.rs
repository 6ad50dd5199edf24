//! A model that is none: answers like an OpenAI-compatible endpoint, for trials and for
//! `tests/openai_client.sh`. Prints its address and serves until it is killed.

mod server;
mod shapes;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/v1", listener.local_addr()?);
    axum::serve(listener, server::router()).await
}
