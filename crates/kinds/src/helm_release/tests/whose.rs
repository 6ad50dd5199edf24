//! Whose helm it is that is at work, and what it leaves.

use super::super::UNINSTALLS;
use super::*;

/// As when its time was over, or this was killed: nobody else may be at it but whom nobody can tell
/// from it.
#[test]
fn a_helm_that_our_teardown_began_is_dead_by_the_next() {
    let made = [("revision", "3"), ("deployed_at", NEW)];
    let answers = answers(&list("uninstalling", 3, NEW), false, true);
    let is_waited_for = |before: Facts| {
        let context = StepContext {
            before: Some(&before),
            undo: true,
            ..context()
        };
        release().busy(&context, &answers).is_some()
    };
    assert!(is_waited_for(facts(made)), "somebody else began it");
    let begun = [made[0], made[1], (UNINSTALLS, "c-1")];
    assert!(!is_waited_for(facts(begun)));
    let anew = [("revision", "2"), made[1], begun[2]];
    assert!(is_waited_for(facts(anew)), "somebody made it anew");
    let notes = release().undo(&context(), &answers).unwrap();
    assert!(matches!(&notes[0], Action::Note(name, _) if name == UNINSTALLS));
}

/// Who upgrades our release by hand hands our label on.
#[test]
fn a_helm_of_somebody_elses_is_not_ours_though_it_carries_our_label() {
    let after = |run: &str, deployed_at: &str| {
        let before = facts([("pipeline.local/run", run), ("deployed_at", deployed_at)]);
        let context = StepContext {
            before: Some(&before),
            ..context()
        };
        let answers = answers(&list("pending-upgrade", 8, NEW), false, false);
        release().busy(&context, &answers).is_some()
    };
    let just_before = "c10000000000-1795649939";
    assert!(!after(just_before, OLD), "our run was killed");
    assert!(after(just_before, NEW), "our run came to its end");
    assert!(
        after("c10000000000-1795649040", OLD),
        "our run is long over"
    );
}

#[test]
fn the_crds_of_a_chart_are_named_as_long_as_it_is_released() {
    let undo = StepContext {
        undo: true,
        ..context()
    };
    let left = |list: Answer, files: Answer| {
        let answers = [answers(&list, false, true).to_vec(), vec![files]].concat();
        release().left(&undo, &answers)
    };
    let deployed = || list("deployed", 3, OLD);
    let told = left(deployed(), said("widgets.yaml\n"));
    assert_eq!(
        told,
        [
            "the CRDs of helm/app/crds (widgets.yaml): helm leaves them and what is of their kinds; \
             `kubectl --context lab -n n delete -f helm/app/crds` removes both"
        ]
    );
    assert!(left(none(), said("widgets.yaml\n")).is_empty());
    assert!(left(deployed(), failed("no such folder")).is_empty());
}
