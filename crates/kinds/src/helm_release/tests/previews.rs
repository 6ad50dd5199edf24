//! What a plan tells of a release.

use super::*;

/// Who took the secret away, or changed it, must not be shown the one that is in use.
#[test]
fn a_plan_hides_the_secret_that_the_release_was_given_before() {
    let given = HelmRelease {
        secret_values: [("db.password".to_string(), "DB".to_string())].into(),
        ..release()
    };
    let manifest =
        |dsn: &str| format!("kind: ConfigMap\nmetadata: {{name: c}}\ndata: {{dsn: {dsn}, n: 1}}\n");
    let then = serde_json::json!({"manifest": manifest("u@db")}).to_string();
    let values = r#"{"db": {"password": "before-1"}}"#;
    let all = list("deployed", 3, OLD);
    let answers = [
        said(&manifest("u:before-1@db")),
        said(&then),
        all,
        said(values),
    ];
    assert_eq!(given.preview_probes(&context()).len(), answers.len());
    let shown = given.preview(&context(), &answers);
    assert_eq!(
        shown,
        [
            "~ configmap/c",
            "    data.dsn: [masked] → [masked], another value"
        ]
    );
}

/// A revision that failed before it came as far as the cluster is not what is there.
#[test]
fn a_plan_compares_with_what_was_made_last_not_with_what_failed() {
    let manifest =
        |value: u8| format!("kind: ConfigMap\nmetadata: {{name: c}}\ndata: {{v: a{value}}}\n");
    let answers = |status: &str| {
        let then = serde_json::json!({"manifest": manifest(5)}).to_string();
        [
            said(&manifest(5)),
            said(&then),
            list(status, 2, NEW),
            said(&manifest(0)),
        ]
    };
    let made = facts([("revision", "1")]);
    let context = StepContext {
        before: Some(&made),
        ..context()
    };
    assert_eq!(release().preview_probes(&context).len(), 4);
    let after = |status: &str| release().preview(&context, &answers(status)).join("");
    assert!(
        after("failed").contains("data.v: a0 → a5"),
        "{}",
        after("failed")
    );
    assert_eq!(after("deployed"), "no object would change");
}

/// Helm still tells the manifest of what it never made whole, or took away.
#[test]
fn a_plan_names_what_is_not_there() {
    let manifest = "kind: ConfigMap\nmetadata: {name: c}\n";
    let then = serde_json::json!({"manifest": manifest}).to_string();
    let answers = |list: Answer| [said(manifest), said(&then), list];
    let after = |list| release().preview(&context(), &answers(list)).join("; ");
    assert_eq!(after(none()), "+ configmap/c");
    for (status, revision) in [("failed", 1), ("pending-install", 1), ("uninstalling", 4)] {
        let told = after(list(status, revision, OLD));
        let first = format!(
            "the release is {status}: what is there of it is uninstalled first, if it is ours"
        );
        assert_eq!(told, format!("{first}; + configmap/c"));
    }
    for stands in [list("deployed", 1, OLD), failed("no")] {
        assert_eq!(after(stands), "no object would change");
    }
}
