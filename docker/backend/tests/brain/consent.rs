//! Many changes wait for the user's yes, also when a model wants them; the yes makes exactly those.

use backend::brain::BrainKind;

use super::world::{World, brains, converse, remembered, say};

const TITLES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// What makes the fake model call this tool once for each task.
fn orders(tool: &str, ids: &[String]) -> String {
    let orders = ids
        .iter()
        .map(|id| format!("CALL {tool} {{\"id\":\"{id}\"}}"));
    orders.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_model_that_deletes_many_has_to_ask() {
    let world = World::new().await;
    let anna = world.person("anna", &TITLES).await;
    let ids: Vec<String> = world
        .tasks(&anna)
        .await
        .iter()
        .map(|task| task.id.to_string())
        .collect();
    let brains = brains("fake").await;
    let message = orders("delete_task", &ids[..7]);
    let (reply, _) = say(&brains, world.tools(&anna), &message).await;
    let reply = reply.unwrap();
    assert!(
        reply.text.contains("That deletes 7 tasks. Are you sure?"),
        "{}",
        reply.text
    );
    assert!(reply.tool_calls.iter().all(|call| !call.succeeded()));
    assert_eq!(world.titles(&anna).await, TITLES);

    let history = remembered(&message, &reply).to_vec();
    for (answer, left) in [("no", &TITLES[..]), ("hello", &TITLES), ("yes", &["h"])] {
        let (reply, _) = converse(&brains, world.tools(&anna), history.clone(), answer).await;
        let reply = reply.unwrap();
        assert_eq!(world.titles(&anna).await, left, "{answer}: {}", reply.text);
        let by_rules = answer == "yes";
        assert_eq!(reply.brain == BrainKind::Rules, by_rules, "{answer}");
    }
    let (late, _) = converse(&brains, world.tools(&anna), history, "yes").await;
    let late = late.unwrap().text;
    assert!(late.contains("nothing left to do"), "{late}");
}

#[tokio::test]
async fn a_model_may_change_a_few_and_asks_about_more() {
    let world = World::new().await;
    let anna = world.person("anna", &TITLES).await;
    let tasks = world.tasks(&anna).await;
    let ids: Vec<String> = tasks.iter().map(|task| task.id.to_string()).collect();
    let brains = brains("fake").await;
    let few = orders("delete_task", &ids[..3]);
    say(&brains, world.tools(&anna), &few).await.0.unwrap();
    assert_eq!(world.titles(&anna).await, TITLES[3..]);
    let all = serde_json::json!({ "ids": &ids[3..] });
    for many in [
        format!("CALL delete_tasks {all}"),
        format!("CALL list_tasks {{}}\nCALL delete_tasks {all}"),
        orders("delete_task", &ids[3..]),
    ] {
        let (reply, _) = say(&brains, world.tools(&anna), &many).await;
        let text = reply.unwrap().text;
        assert!(text.contains("That deletes 5 tasks"), "{text}");
    }
    assert_eq!(world.titles(&anna).await, TITLES[3..]);
}
