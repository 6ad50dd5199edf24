//! A model that says or wants too much, or sends what it was told elsewhere: it is cut off, and the
//! rules answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::routing::post;
use backend::brain::BrainKind;

use super::world::{World, brains, brains_at, say, serve};

#[tokio::test]
async fn nothing_is_sent_on_to_where_an_endpoint_points() {
    let heard = Arc::new(AtomicUsize::new(0));
    let listening = heard.clone();
    let elsewhere = Router::new().fallback(move || {
        listening.fetch_add(1, Ordering::SeqCst);
        async { StatusCode::OK }
    });
    let elsewhere = serve(elsewhere).await;
    for status in [301, 302, 307, 308] {
        let to = [(header::LOCATION, format!("{elsewhere}/v1/chat/completions"))];
        let status = StatusCode::from_u16(status).unwrap();
        let redirect = Router::new().fallback(async move || (status, to));
        let world = World::new().await;
        let anna = world.person("anna", &[]).await;
        let brains = brains_at(&serve(redirect).await, "m");
        let (reply, _) = say(&brains, world.tools(&anna), "add buy milk").await;
        assert_eq!(reply.unwrap().brain, BrainKind::Rules);
        assert_eq!(world.titles(&anna).await, ["Buy milk"]);
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_off() {
    let piece = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n",
        "x".repeat(10_000)
    );
    let endless = async move || {
        let pieces = tokio_stream::iter(std::iter::repeat(piece).map(Ok::<_, std::io::Error>));
        (
            [(header::CONTENT_TYPE, "text/event-stream")],
            Body::from_stream(pieces),
        )
    };
    let router = Router::new().route("/chat/completions", post(endless));
    let world = World::new().await;
    let anna = world.person("anna", &[]).await;
    let brains = brains_at(&serve(router).await, "m");
    let (reply, _) = say(&brains, world.tools(&anna), "add buy milk").await;
    let reply = reply.unwrap();
    assert_eq!(reply.brain, BrainKind::Rules);
    assert!(reply.text.len() < 1_100_000, "{} bytes", reply.text.len());
    assert_eq!(world.titles(&anna).await, ["Buy milk"]);
}

#[tokio::test]
async fn calls_without_an_end_are_not_made() {
    let world = World::new().await;
    let anna = world.person("anna", &[]).await;
    let orders = vec!["CALL add_task {\"title\":\"x\"}"; 51].join("\n");
    let (reply, _) = say(&brains("fake").await, world.tools(&anna), &orders).await;
    assert_eq!(reply.unwrap().brain, BrainKind::Rules);
    // What the rules make of such orders is theirs; the model's tasks would be called x.
    assert!(!world.titles(&anna).await.contains(&"x".to_owned()));
}
