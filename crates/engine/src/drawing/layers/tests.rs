use std::collections::BTreeSet;

use super::net::Net;
use super::*;

fn numbers(steps: &&[usize]) -> Vec<StepId> {
    steps.iter().map(|&step| StepId(step)).collect()
}

/// Steps by number with what each needs.
fn graph(needs: &[&[usize]]) -> Graph {
    let all: Vec<StepId> = StepId::all(needs.len()).collect();
    Graph::of(needs.iter().map(numbers).collect(), &all).unwrap()
}

fn drawn(needs: &[&[usize]]) -> Layout {
    lay_out(&graph(needs), |_| Size {
        width: 100.0,
        height: 40.0,
    })
}

#[test]
fn what_is_needed_lies_above_and_nothing_overlaps() {
    // A hundred steps, each needing up to three of those before it.
    let needs: Vec<Vec<usize>> = (0..100_usize)
        .map(|k| {
            let mut needs: Vec<usize> = (1..=k % 4).map(|n| k * 7 % (n * 13) % k.max(1)).collect();
            needs.dedup();
            needs
        })
        .collect();
    let needs: Vec<&[usize]> = needs.iter().map(Vec::as_slice).collect();
    let layout = drawn(&needs);
    for (step, needs) in needs.iter().enumerate() {
        for need in *needs {
            assert!(layout.boxes[&StepId(*need)].1 < layout.boxes[&StepId(step)].1);
        }
    }
    for (a, one) in &layout.boxes {
        for (b, other) in &layout.boxes {
            let apart = (one.0 - other.0).abs() >= 100.0;
            assert!(
                a == b || one.1 != other.1 || apart,
                "{a:?} and {b:?} overlap"
            );
        }
    }
}

#[test]
fn implied_needs_are_not_drawn_and_a_chain_is_straight() {
    let layout = drawn(&[&[], &[0], &[0, 1]]);
    assert_eq!(layout.edges.len(), 2);
    assert!(layout.boxes.values().all(|(x, ..)| (x - 50.0).abs() < 0.1));
}

#[test]
fn steps_that_nothing_joins_lie_in_rows_below() {
    let mut needs: Vec<&[usize]> = vec![&[]; 30];
    needs[1] = &[0];
    let layout = drawn(&needs);
    assert!(layout.width < 800.0, "{}", layout.width);
    let rows: BTreeSet<u64> = layout
        .boxes
        .values()
        .map(|(_, top, _)| *top as u64)
        .collect();
    assert_eq!(
        rows,
        [0, 84, 168, 230, 292, 354, 416].into(),
        "28 steps in rows of 6"
    );
    assert_eq!(layout.height, 456.0);
    assert!(layout.boxes.values().all(|(x, ..)| *x >= 50.0));
}

#[test]
fn lines_do_not_cross_where_they_need_not() {
    let graph = graph(&[&[], &[], &[], &[2], &[1], &[0]]);
    let edges = implied_left_out(&graph);
    let ranks = ranks(&graph, &edges);
    let size = |_| Size {
        width: 1.0,
        height: 1.0,
    };
    let mut net = Net::new(&graph.order, &edges, &ranks, &size);
    net.sort();
    assert_eq!(net.crossings(), 0);
}
