//! `plan --format json > FILE` and `up --plan FILE`: just that is done, or nothing.

use crate::sandbox::Sandbox;

const STEPS: &str = r#"
generate_secrets = ["PASSWORD"]
[goals]
up = ["b"]
down = { undo = "up" }
[[step]]
id = "a"
kind = "command"
inputs = ["in.txt"]
outputs = ["a.txt"]
with = { argv = ["cp", "in.txt", "a.txt"] }
[[step]]
id = "b"
kind = "command"
needs = ["a"]
secrets = ["PASSWORD"]
inputs = ["a.txt"]
outputs = ["b.txt"]
with = { argv = ["cp", "a.txt", "b.txt"] }
"#;

fn planned() -> Sandbox {
    let sandbox = Sandbox::new().pipeline(STEPS).file("in.txt", "one");
    let plan = sandbox.run(&["plan", "--format", "json"]).code(0);
    sandbox.write("plan.json", &plan.stdout);
    sandbox
}

#[test]
fn what_was_planned_is_done() {
    let sandbox = planned();
    sandbox
        .run(&["up", "--plan", "plan.json"])
        .code(0)
        .says("2 done");
    assert_eq!(sandbox.read("b.txt"), "one");
    sandbox
        .run(&["up", "--plan", "plan.json"])
        .code(2)
        .says("the plan in plan.json is stale, and nothing was done: a finds another state, b");
}

#[test]
fn if_anything_moved_nothing_is_done() {
    let sandbox = planned();
    sandbox.write("in.txt", "two");
    let said = "the plan in plan.json is stale, and nothing was done: a depends on something";
    sandbox
        .run(&["up", "--plan", "plan.json"])
        .code(2)
        .says(said);
    sandbox
        .run(&["run", "a", "--plan", "plan.json"])
        .code(2)
        .says("b is no part of this run");
    assert_eq!(sandbox.read("a.txt"), "");
    assert_eq!(sandbox.read(".pipeline/target"), "");
    sandbox.write("in.txt", "one");
    sandbox.run(&["up", "--plan", "plan.json"]).code(0);
}

#[test]
fn what_is_no_plan_is_refused() {
    let sandbox = planned();
    sandbox.write("text", "2 to run");
    for (words, said) in [
        (
            ["up", "--plan", "text"],
            "text is no plan; `cargo xtask plan --format json > text`",
        ),
        (["up", "--plan", "gone"], "--plan: can't read gone"),
        (
            ["up", "--plan", "pipeline.toml"],
            "pipeline.toml is no plan",
        ),
    ] {
        sandbox.run(&words).code(2).says(said);
    }
    sandbox
        .run(&["run", "down", "--plan", "plan.json"])
        .code(2)
        .says("--plan is for what is to be made, and down removes");
}
