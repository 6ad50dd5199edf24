//! Attempts: those of a run that was killed count for the one that takes it up, and for no other.

use std::process::Child;

use crate::sandbox::{Sandbox, send, until};

fn count(text: &str, line: &str) -> usize {
    text.lines().filter(|other| *other == line).count()
}

#[test]
fn attempts_used_up_by_a_killed_run_are_not_given_again() {
    let text = "[[step]]\nid='a'\nkind='command'\nretry={attempts=3,backoff='30s'}\nwith={argv=['sh','-c','echo x >> tries; exit 1']}\n";
    let sandbox = killed_after_an_attempt(text);
    sandbox.run(&["run", "a"]).code(1);
    assert_eq!(count(&sandbox.read("tries"), "x"), 3);
    sandbox.run(&["run", "a"]).code(1);
    assert_eq!(count(&sandbox.read("tries"), "x"), 6);
}

/// Only a run that was killed leaves attempts that count; one that failed has come to its end.
#[test]
fn a_run_that_failed_leaves_the_next_one_all_attempts() {
    let text = "[[step]]\nid='a'\nkind='command'\nretry={attempts=4,backoff='1ms'}\nwith={argv=['sh','-c','echo x >> tries; exit 1']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    for (run, words) in [&["run", "a"][..], &["run", "a"], &["run", "a", "--force"]]
        .iter()
        .enumerate()
    {
        sandbox.run(words).code(1);
        let tries = count(&sandbox.read("tries"), "x");
        assert_eq!(tries, 4 * (run + 1), "after {words:?}");
    }
}

/// Who ends a run and starts it again wants all of them.
#[test]
fn nor_does_a_run_that_was_interrupted() {
    let text = "[[step]]\nid='a'\nkind='command'\nretry={attempts=3,backoff='30s'}\nwith={argv=['sh','-c','echo x >> tries; exit 1']}\n";
    let sandbox = cut_short_after_an_attempt(text, |child| send("TERM", child.id()));
    sandbox.write("tries", "");
    sandbox.run(&["run", "a"]).code(1);
    assert_eq!(count(&sandbox.read("tries"), "x"), 3);
}

/// A check may come to hold by itself, and fail again later.
#[test]
fn nor_do_they_count_once_the_check_held() {
    let text = "[[step]]\nid='a'\nkind='check'\nretry={attempts=3,backoff='30s'}\nwith={argv=['sh','-c','echo x >> tries; test -e good']}\n";
    let sandbox = killed_after_an_attempt(text);
    sandbox.write("good", "");
    sandbox.run(&["run", "a"]).code(0);
    std::fs::remove_file(sandbox.dir.join("good")).unwrap();
    let ran = sandbox.run(&["run", "a", "--progress", "json"]).code(1);
    assert_eq!(
        ran.stdout.matches("\"step-retry\"").count(),
        2,
        "{}",
        ran.stdout
    );
}

/// What is said of the last attempt stands in its own log.
#[test]
fn the_log_of_the_last_attempt_is_named() {
    let text = "[[step]]\nid='a'\nkind='command'\nretry={attempts=2,backoff='30s'}\nwith={argv=['sh','-c','echo x >> tries; exit 1']}\n";
    let sandbox = killed_after_an_attempt(text);
    let ran = sandbox.run(&["run", "a"]).code(1);
    ran.says("log: .pipeline/logs/a.2.log");
}

/// A run of the step `a` that was killed between its first attempt and the second; those after it
/// need not wait.
fn killed_after_an_attempt(text: &str) -> Sandbox {
    cut_short_after_an_attempt(text, |child| child.kill().unwrap())
}

fn cut_short_after_an_attempt(text: &str, end: impl Fn(&mut Child)) -> Sandbox {
    let sandbox = Sandbox::new().pipeline(text);
    let mut child = sandbox.start(&["run", "a"]);
    until("the first attempt is noted", || {
        sandbox
            .read(".pipeline/journal-local")
            .contains("fail\ta\t")
    });
    end(&mut child);
    child.wait().unwrap();
    let text = sandbox.read("pipeline.toml");
    sandbox.write("pipeline.toml", &text.replace("'30s'", "'10ms'"));
    sandbox
}
