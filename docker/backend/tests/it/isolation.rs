//! Two users, 1,000 random requests: nothing of one is ever seen or changed by the other.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{Answer, Stage, User};

const REQUESTS: usize = 1000;

/// A small generator of random numbers (xorshift), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn one_of(&mut self, ids: &[String]) -> Option<String> {
        (!ids.is_empty()).then(|| ids[self.below(ids.len())].clone())
    }
}

/// One user and what they must see: their tasks by id, with title and done.
struct Side<'a> {
    user: User<'a>,
    mark: &'static str,
    tasks: BTreeMap<String, (String, bool)>,
    conversations: Vec<String>,
}

impl<'a> Side<'a> {
    async fn new(stage: &'a Stage, mark: &'static str) -> Self {
        Side {
            user: stage.user().await,
            mark,
            tasks: BTreeMap::new(),
            conversations: Vec::new(),
        }
    }

    fn ids(&self) -> Vec<String> {
        self.tasks.keys().cloned().collect()
    }

    async fn add(&mut self, number: usize) {
        let title = format!("{} {number}", self.mark);
        let body = json!({"title": title, "notes": self.mark, "tags": ["shared"]});
        let answer = self.user.post("/api/tasks", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        self.tasks.insert(answer.text("/id"), (title, false));
    }

    /// Reads, changes or removes a task, which exists exactly if it is in the model.
    async fn touch(&mut self, method: Method, id: &str, done: bool) -> Answer {
        let body = if method == Method::PATCH {
            json!({"done": done})
        } else {
            Value::Null
        };
        let answer = self
            .user
            .ask(method.clone(), &format!("/api/tasks/{id}"), body)
            .await;
        let expected = match (self.tasks.contains_key(id), &method) {
            (false, _) => 404,
            (true, &Method::DELETE) => 204,
            (true, _) => 200,
        };
        assert_eq!(answer.status, expected, "{method} {id}: {answer:?}");
        if method == Method::DELETE {
            self.tasks.remove(id);
        } else if let (Method::PATCH, Some(task)) = (method, self.tasks.get_mut(id)) {
            task.1 = done;
        }
        answer
    }

    async fn list(&self, query: &str) -> Answer {
        let answer = self.user.get(&format!("/api/tasks{query}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    async fn chat(&mut self, number: usize) {
        let answer = self
            .user
            .say(json!({"message": format!("hello {} {number}", self.mark)}))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.conversations.push(answer.text("/conversation_id"));
    }

    /// Everything there is, against the model.
    async fn is_as_expected(&self) {
        let list = self.list("?limit=200").await;
        let seen: BTreeMap<String, (String, bool)> = list.body["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|task| {
                let text = |key: &str| task[key].as_str().unwrap().to_string();
                (text("id"), (text("title"), task["done"].as_bool().unwrap()))
            })
            .collect();
        assert_eq!(seen, self.tasks);
        let list = self.user.get("/api/conversations").await;
        assert_eq!(
            list.body["conversations"].as_array().unwrap().len(),
            self.conversations.len().min(100)
        );
    }
}

#[tokio::test]
async fn nothing_crosses_in_a_thousand_requests() {
    let seed = u64::from_le_bytes(Uuid::new_v4().as_bytes()[..8].try_into().unwrap()) | 1;
    println!("seed {seed}");
    let stage = Stage::start(&[("RATE_LIMIT_API", "0"), ("RATE_LIMIT_CHAT", "0")]).await;
    let (mut ann, mut bob) = (
        Side::new(&stage, "ann's").await,
        Side::new(&stage, "bob's").await,
    );
    let mut random = Random(seed);
    for number in 0..REQUESTS {
        let (me, other) = if random.below(2) == 0 {
            (&mut ann, &bob)
        } else {
            (&mut bob, &ann)
        };
        let answer = step(&mut random, number, me, other).await;
        let leaked = answer.is_some_and(|answer| answer.body.to_string().contains(other.mark));
        assert!(
            !leaked,
            "request {number} of {} saw something {}",
            me.mark, other.mark
        );
    }
    ann.is_as_expected().await;
    bob.is_as_expected().await;
}

async fn step(
    random: &mut Random,
    number: usize,
    me: &mut Side<'_>,
    other: &Side<'_>,
) -> Option<Answer> {
    let (mine, theirs) = (random.one_of(&me.ids()), random.one_of(&other.ids()));
    let nobodys = Some(Uuid::new_v4().to_string());
    let id = [&mine, &theirs, &nobodys][random.below(3)]
        .clone()
        .or(nobodys)?;
    let done = random.below(2) == 0;
    match random.below(12) {
        0..=3 if me.tasks.len() < 150 => me.add(number).await,
        4 => return Some(me.touch(Method::GET, &id, done).await),
        5 => return Some(me.touch(Method::PATCH, &id, done).await),
        6 => return Some(me.touch(Method::DELETE, &id, done).await),
        7 => return Some(me.list(&format!("?q={}&tag=shared", other.mark)).await),
        8 => return Some(me.list(&format!("?done={done}&sort=-title&limit=3")).await),
        9 => me.chat(number).await,
        10 => return Some(their_conversation(random, me, other).await),
        _ => return Some(smuggled(me, other, &id).await),
    }
    None
}

/// Reading the other's conversation, or going on with it, is as if there were none.
async fn their_conversation(random: &mut Random, me: &Side<'_>, other: &Side<'_>) -> Answer {
    let Some(id) = random.one_of(&other.conversations) else {
        return me.list("").await;
    };
    let answer = match random.below(2) {
        0 => me.user.get(&format!("/api/conversations/{id}")).await,
        _ => {
            me.user
                .say(json!({"message": "go on", "conversation_id": id}))
                .await
        }
    };
    assert_eq!(answer.status, 404, "{answer:?}");
    answer
}

/// A body that names the other as the owner is refused as a whole.
async fn smuggled(me: &Side<'_>, other: &Side<'_>, id: &str) -> Answer {
    let body = json!({"title": "mine now", "user_id": other.user.id});
    let answer = match id.as_bytes()[0] % 2 {
        0 => me.user.post("/api/tasks", body).await,
        _ => {
            me.user
                .ask(Method::PATCH, &format!("/api/tasks/{id}"), body)
                .await
        }
    };
    assert_eq!(answer.status, 422, "{answer:?}");
    answer
}
