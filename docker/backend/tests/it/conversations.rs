//! Conversations over HTTP, on both databases: paged, found, renamed, removed, and each its owner's
//! alone.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Stage, User};

/// The titles of all pages of a list.
async fn titles(user: &User<'_>, query: &str) -> Vec<String> {
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/conversations?limit=2{query}{cursor}");
        let page = user.get(&path).await;
        let listed = page.body["conversations"].as_array().unwrap().iter();
        titles.extend(listed.map(|one| one["title"].as_str().unwrap().to_string()));
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return titles,
        }
    }
}

#[tokio::test]
async fn they_are_paged_found_renamed_and_removed() {
    Stage::on_each_store(async |stage| {
        let (ann, bob) = (stage.user().await, stage.user().await);
        let mut ids = Vec::new();
        for message in ["hello", "Thanks", "HELP", "good night", "bye"] {
            let answer = ann.say(json!({"message": message})).await;
            ids.push(answer.text("/conversation_id"));
        }
        let latest_first = ["bye", "good night", "HELP", "Thanks", "hello"];
        assert_eq!(titles(&ann, "").await, latest_first);
        assert_eq!(titles(&ann, "&q=NIGHT").await, ["good night"]);
        // The chatbot's own words are found too.
        assert_eq!(
            titles(&ann, "&q=WHAT%20can%20i%20do%20for").await,
            ["hello"]
        );
        assert_eq!(titles(&bob, "&q=hello").await, [""; 0]);

        let path = format!("/api/conversations/{}", ids[0]);
        let renamed = ann
            .ask(Method::PATCH, &path, json!({"title": " Grüße "}))
            .await;
        assert_eq!(
            (renamed.status, renamed.text("/title").as_str()),
            (200, "Grüße")
        );
        assert_eq!(titles(&ann, "&q=GR%C3%9CSSE").await, [""; 0]);
        assert_eq!(titles(&ann, "&q=gr%C3%9C").await, ["Grüße"]);
        for wrong in [
            json!({"title": " "}),
            json!({"title": "x".repeat(81)}),
            json!({"name": "x"}),
        ] {
            ann.ask(Method::PATCH, &path, wrong)
                .await
                .is_error(422, "invalid");
        }
        for (method, body) in [
            (Method::PATCH, json!({"title": "x"})),
            (Method::DELETE, Value::Null),
        ] {
            bob.ask(method, &path, body)
                .await
                .is_error(404, "not_found");
        }
        let cancelled = bob.post(&format!("{path}/cancel"), Value::Null).await;
        cancelled.is_error(404, "not_found");

        assert_eq!(
            ann.ask(Method::DELETE, &path, Value::Null).await.status,
            204
        );
        ann.get(&path).await.is_error(404, "not_found");
        assert_eq!(titles(&ann, "").await, latest_first[..4]);
        let on = json!({"message": "hello", "conversation_id": ids[0]});
        ann.say(on).await.is_error(404, "not_found");
    })
    .await;
}
