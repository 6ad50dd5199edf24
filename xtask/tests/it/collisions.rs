//! Names and contents that only look alike, drawn at random: no two of them are ever taken for the
//! same.

use std::collections::BTreeSet;

use engine::digest::{Digest, Hasher};
use engine::state::State;
use proptest::prelude::*;

use crate::sandbox::Sandbox;

/// Names made of what ids may have, from few letters, so that near misses are the rule.
fn ids() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set("[ab:/_][ab:/_-]{0,3}", 2..6)
}

/// A text cut into pieces in two different ways.
fn cuts() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    ("[ab\0]{1,8}", any::<u8>(), any::<u8>())
        .prop_map(|(text, one, other)| (cut(&text, one), cut(&text, other)))
        .prop_filter("the same cut", |(one, other)| one != other)
}

/// Cuts before each character whose bit is set.
fn cut(text: &str, bits: u8) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for (place, letter) in text.chars().enumerate() {
        if bits & (1 << place) != 0 {
            pieces.push(String::new());
        }
        pieces.last_mut().unwrap().push(letter);
    }
    pieces
}

fn digest(pieces: &[String]) -> Digest {
    let mut hasher = Hasher::new();
    for piece in pieces {
        hasher.add(piece.as_bytes());
    }
    hasher.finish()
}

fn step(id: &str) -> String {
    format!(
        "[[step]]\nid='{id}'\nkind='command'\nwith={{argv=['sh','-c','echo \"$0\" >> order; echo said by \"$0\"','{id}']}}\n"
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fields_cut_elsewhere_have_another_digest((one, other) in cuts()) {
        prop_assert_ne!(digest(&one), digest(&other));
    }

    #[test]
    fn no_two_steps_share_a_log(ids in ids(), attempts in 1..4_u32) {
        let state = State { dir: "/nowhere".into() };
        let logs: BTreeSet<_> = ids
            .iter()
            .flat_map(|id| (1..=attempts).map(|attempt| state.log(id, attempt)))
            .collect();
        prop_assert_eq!(logs.len(), ids.len() * attempts as usize);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Done one after the other, each step runs once, although all those like it are done already.
    #[test]
    fn no_step_is_done_because_another_is(ids in ids()) {
        let sandbox = Sandbox::new().pipeline(&ids.iter().map(|id| step(id)).collect::<String>());
        for id in &ids {
            sandbox.run(&["run", "--", id]).code(0).says("1 done");
        }
        for id in &ids {
            sandbox.run(&["run", "--", id]).code(0).says("0 done");
            sandbox.run(&["logs", "--", id]).code(0).prints(&format!("\nsaid by {id}\n"));
        }
        let order = sandbox.read("order");
        prop_assert_eq!(order.lines().collect::<BTreeSet<_>>().len(), ids.len());
        prop_assert_eq!(order.lines().count(), ids.len());
    }

    /// The same bytes in the same files, cut elsewhere, are a change; put back, they are none.
    #[test]
    fn contents_cut_elsewhere_are_a_change((one, other) in cuts()) {
        let sandbox = Sandbox::new()
            .pipeline("[[step]]\nid='a'\nkind='command'\ninputs=['in/*']\nwith={argv=['true']}\n");
        let put = |pieces: &[String]| {
            let _ = std::fs::remove_dir_all(sandbox.dir.join("in"));
            for (place, piece) in pieces.iter().enumerate() {
                sandbox.write(&format!("in/{place}"), piece);
            }
        };
        put(&one);
        sandbox.run(&["run", "a"]).code(0).says("1 done");
        put(&other);
        sandbox.run(&["plan", "a"]).code(0).prints("1 to run");
        put(&one);
        sandbox.run(&["run", "a"]).code(0).says("0 done");
    }
}
