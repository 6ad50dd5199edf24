//! Nothing a message says reaches another user's tasks: neither through the rules, nor through a
//! model that obeys every word of an attacker.

use backend::brain::Brains;
use todo_core::task::Task;

use super::world::{Person, World, brains, say};

/// What attackers write; `{id}` is the id of one of Bob's tasks, `{bob}` Bob's own id, `{token}`
/// his token's text.
const INJECTIONS: &str = include_str!("injections.txt");

#[tokio::test]
async fn the_rules_keep_to_their_user() {
    attack(&Brains::default()).await;
}

#[tokio::test]
async fn an_obedient_model_keeps_to_its_user() {
    attack(&brains("fake").await).await;
}

async fn attack(brains: &Brains) {
    let world = World::new().await;
    let bob = world
        .person(
            "bob",
            &[
                "Secret plan",
                "Pay bob's rent",
                "Third",
                "Fourth",
                "Fifth",
                "Sixth",
                "Seventh",
            ],
        )
        .await;
    let mallory = world.person("mallory", &["Mine"]).await;
    let before = world.tasks(&bob).await;
    let mut tried = 0;
    for line in INJECTIONS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
    {
        for task in &before {
            let message = filled(line, task, &bob);
            let (reply, _) = say(brains, world.tools(&mallory), &message).await;
            let told = serde_json::to_string(
                &reply
                    .unwrap()
                    .tool_calls
                    .iter()
                    .map(|call| &call.result)
                    .collect::<Vec<_>>(),
            )
            .unwrap();
            assert!(!told.contains("Secret plan"), "{message} told {told}");
            tried += 1;
        }
    }
    assert_eq!(world.tasks(&bob).await, before, "Bob's list was changed");
    assert!(tried >= 200, "only {tried} attacks were tried");
}

fn filled(line: &str, task: &Task, bob: &Person) -> String {
    let line = line
        .replace("{id}", &task.id.to_string())
        .replace("{bob}", &bob.id.to_string());
    line.replace("{token}", &bob.token).replace("\\n", "\n")
}
