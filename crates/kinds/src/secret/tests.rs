//! Whose a Secret is, and what is written.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use protocol::{Action, Answer, Effect, Kind, StepContext, facts};

use super::Secret;
use crate::testing::{context, failed, said};

fn secret() -> Secret {
    let text =
        "context = 'lab'\nnamespace = 'n'\nname = 'keys'\ndata = { API_KEY = 'SERVICE_KEY' }";
    toml::from_str(text).unwrap()
}

fn calls(actions: &[Action]) -> Vec<String> {
    let runs = |action: &&Action| matches!(action, Action::Run(_));
    actions
        .iter()
        .filter(runs)
        .map(ToString::to_string)
        .collect()
}

#[test]
fn it_is_created_once_and_replaced_when_it_is_ours() {
    for (answer, verb) in [("", "create"), ("41:app", "replace")] {
        let actions = secret().actions(&context(), &[said(answer)]).unwrap();
        assert_eq!(
            calls(&actions),
            [format!("kubectl --context lab -n n {verb} -f -")]
        );
        let Some(Action::Run(cmd)) = actions.last() else {
            panic!("{actions:?}")
        };
        assert_eq!(
            cmd.secret_stdin,
            [("stringData.API_KEY".to_string(), "SERVICE_KEY".to_string())]
        );
        assert!(
            cmd.stdin.contains(r#""pipeline.local/owner":"app""#),
            "{}",
            cmd.stdin
        );
    }
}

#[test]
fn one_that_others_made_is_neither_replaced_nor_deleted() {
    for answer in ["41:", "41:another"] {
        let refused = secret().actions(&context(), &[said(answer)]).unwrap_err();
        assert!(refused.cause.contains("already"), "{}", refused.cause);
        let adopt = StepContext {
            adopt: true,
            ..context()
        };
        assert!(secret().actions(&adopt, &[said(answer)]).is_ok());
        let undo = StepContext {
            undo: true,
            ..context()
        };
        assert_eq!(secret().undo(&undo, &[said(answer)]).unwrap(), []);
        assert_eq!(secret().left(&undo, &[said(answer)]).len(), 1);
    }
    let undo = secret().undo(&context(), &[said("41:app")]).unwrap();
    assert_eq!(
        calls(&undo),
        ["kubectl --context lab -n n delete secret keys"]
    );
    assert!(secret().undo(&context(), &[failed("no route")]).is_err());
}

#[test]
fn what_somebody_changed_or_deleted_is_written_again() {
    let before = facts([("version", "41")]);
    let context = StepContext {
        before: Some(&before),
        ..context()
    };
    let assess = |answer: Answer| match secret().assess(&context, &[answer]) {
        Effect::Present(said, facts) => format!("{said} {}", facts["version"].as_str().unwrap()),
        Effect::Absent(said) => said,
        other => panic!("{other:?}"),
    };
    for (answer, told) in [
        ("41:app", "the Secret keys is as we wrote it 41"),
        ("42:app", "the Secret keys was changed since we wrote it"),
        (
            "42:",
            "the Secret keys is not ours, as the one at version 41 was",
        ),
        ("", "there is no Secret keys"),
    ] {
        assert_eq!(assess(said(answer)), told.to_string(), "{answer}");
    }
    let words: String = assess(failed("no route to host"));
    assert!(words.contains("no route"), "{words}");
}
