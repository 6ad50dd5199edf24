use super::*;

#[track_caller]
fn refused(task: NewTask, sentence: &str) {
    assert_eq!(task.validated().unwrap_err().to_string(), sentence);
}

#[test]
fn texts_are_trimmed_and_tags_are_words_once() {
    let task = NewTask {
        tags: vec![" Home ".into(), "home".into(), "Ärzte".into()],
        ..NewTask::titled("  milk \n")
    };
    let task = task.validated().unwrap();
    assert_eq!(task.title, "milk");
    assert_eq!(task.tags, ["home", "ärzte"]);
}

#[test]
fn what_is_wrong_is_a_sentence() {
    for unseen in [" \t", "\u{200b} \u{feff}", "\u{3164}", "\u{e0041}"] {
        refused(NewTask::titled(unseen), "`title` must not be empty.");
    }
    refused(
        NewTask::titled("x".repeat(201)),
        "`title` has 201 characters; at most 200 are kept.",
    );
    refused(
        NewTask::titled("a\0b"),
        "`title` contains a NUL character, which no text needs.",
    );
    let tags = (0..21).map(|n| n.to_string()).collect();
    refused(
        NewTask {
            tags,
            ..NewTask::titled("x")
        },
        "`tags` names 21 tags; at most 20 are kept.",
    );
    let due = NaiveDate::from_ymd_opt(-5, 1, 1);
    refused(
        NewTask {
            due,
            ..NewTask::titled("x")
        },
        "`due` must lie between 1000-01-01 and 9998-12-31.",
    );
}

#[test]
fn length_counts_characters_not_bytes() {
    assert!(NewTask::titled("é".repeat(200)).validated().is_ok());
}

#[test]
fn a_patch_tells_null_from_absent() {
    let absent: TaskPatch = serde_json::from_str("{}").unwrap();
    assert!(absent.is_empty());
    let null: TaskPatch = serde_json::from_str(r#"{"due":null}"#).unwrap();
    assert_eq!(null.due, Some(None));
    let day: TaskPatch = serde_json::from_str(r#"{"due":"2030-02-28"}"#).unwrap();
    assert_eq!(day.due.flatten(), NaiveDate::from_ymd_opt(2030, 2, 28));
}

#[test]
fn unknown_fields_are_refused() {
    let error = serde_json::from_str::<NewTask>(r#"{"title":"x","user_id":"bob"}"#).unwrap_err();
    assert!(
        error.to_string().contains("unknown field `user_id`"),
        "{error}"
    );
}
