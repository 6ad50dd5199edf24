//! What each cause looks like, and what is said of it.

use alloc::string::ToString;

mod cluster;
mod objects;
mod pods;
mod waits;

use super::*;

#[track_caller]
fn check(items: &[Value], id: &str, says: &str, heals: bool) {
    check_with_logs(items, "", id, says, heals);
}

#[track_caller]
fn check_with_logs(items: &[Value], logs: &str, id: &str, says: &str, heals: bool) {
    let finding = found(items, logs).expect("a cause must be found");
    assert_eq!(finding.id, id, "{finding:?}");
    assert_eq!(!finding.is_due(), heals, "{finding:?}");
    let failure = Failure::from(finding);
    assert!(failure.cause.contains(says), "{}", failure.cause);
    let fix = failure.fix.unwrap();
    assert!(
        !failure.cause.contains('{') && !fix.contains('{'),
        "{} / {fix}",
        failure.cause
    );
}

#[track_caller]
fn none(items: &[Value]) {
    assert_eq!(found(items, ""), None);
}
