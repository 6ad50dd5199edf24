//! The same work on many things, on several threads. Where there are no more threads, those that
//! there are do it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `work` makes of each item, in the order of the items, on so many threads at most.
pub(crate) fn map<T: Sync, R: Send + Sync>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let results: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let take = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let (Some(item), Some(result)) = (items.get(index), results.get(index)) else {
                return;
            };
            result.get_or_init(|| work(item));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            let _ = thread::Builder::new().spawn_scoped(scope, take);
        }
        take();
    });
    results
        .into_iter()
        .filter_map(OnceLock::into_inner)
        .collect()
}

/// How many threads so many items are worth, if it takes `each` of them to make up for one. How
/// many this machine can run at once costs twenty calls to the kernel, so for a few it is not asked.
pub(crate) fn threads(items: usize, each: usize) -> usize {
    match items / each {
        0 | 1 => 1,
        most => thread::available_parallelism()
            .map_or(1, usize::from)
            .min(most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_items_are_worth_one_thread() {
        assert_eq!([0, 99, 199].map(|items| threads(items, 100)), [1; 3]);
        assert!(threads(1_000_000, 100) >= threads(200, 100));
    }

    #[test]
    fn results_come_in_order() {
        let items: Vec<usize> = (0..100).collect();
        for threads in [0, 1, 3, 200] {
            assert_eq!(
                map(&items, threads, |item| item * 2),
                (0..200).step_by(2).collect::<Vec<_>>()
            );
        }
        assert!(map(&[], 3, |item: &usize| *item).is_empty());
    }
}
