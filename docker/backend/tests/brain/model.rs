//! Every recorded way of streaming an answer leads to the same calls and the same text.

use backend::brain::{BrainKind, Event};

use super::world::{World, brains, say};

const SHAPES: [&str; 6] = [
    "fake",
    "fake-gemini",
    "fake-signature-last",
    "fake-one-index",
    "fake-empty-ids",
    "fake-objects",
];

#[tokio::test]
async fn all_shapes_add_two_tasks() {
    for shape in SHAPES {
        let world = World::new().await;
        let anna = world.person("anna", &[]).await;
        let order = "CALL add_task {\"title\":\"Buy milk\"}\nCALL add_task {\"title\":\"Pay rent\",\"due\":\"2026-03-05\"}";
        let (reply, events) = say(&brains(shape).await, world.tools(&anna), order).await;
        let reply = reply.unwrap();
        assert_eq!(reply.brain, BrainKind::Llm, "{shape}: {}", reply.text);
        assert_eq!(
            world.titles(&anna).await,
            ["Buy milk", "Pay rent"],
            "{shape}"
        );
        assert!(
            reply.text.starts_with("The tool says"),
            "{shape}: {}",
            reply.text
        );
        assert_eq!(reply.tool_calls.len(), 2, "{shape}");
        assert_eq!(joined(&events), reply.text, "{shape}");
    }
}

#[tokio::test]
async fn a_refusal_by_a_tool_goes_back_to_the_model() {
    let world = World::new().await;
    let anna = world.person("anna", &[]).await;
    let (reply, _) = say(
        &brains("fake").await,
        world.tools(&anna),
        "CALL add_task {\"name\":\"milk\"}",
    )
    .await;
    let reply = reply.unwrap();
    assert!(
        reply
            .text
            .contains("add_task cannot use these arguments at `name`: unknown field `name`"),
        "{}",
        reply.text
    );
    assert!(!reply.tool_calls[0].succeeded());
}

#[tokio::test]
async fn plain_text_comes_in_pieces() {
    let world = World::new().await;
    let anna = world.person("anna", &[]).await;
    let (reply, events) = say(&brains("fake").await, world.tools(&anna), "good day to you").await;
    assert_eq!(reply.unwrap().text, "You said: good day to you");
    assert!(events.len() > 3, "{events:?}");
}

fn joined(events: &[Event]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        Event::Delta { text } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}
