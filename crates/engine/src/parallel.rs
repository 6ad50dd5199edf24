//! The same work on many things, on several threads. Where there are no more threads, those that
//! there are do it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `work` makes of each item, in the order of the items, on so many threads at most.
pub(crate) fn map<T: Send, R: Send>(
    items: impl IntoIterator<Item = T>,
    threads: usize,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let places = items.into_iter().map(|item| Mutex::new((Some(item), None)));
    let places: Vec<Mutex<(Option<T>, Option<R>)>> = places.collect();
    let next = AtomicUsize::new(0);
    let take = || {
        while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (item, result) = &mut *place.lock().unwrap();
            *result = item.take().map(&work);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(places.len()) {
            let _ = thread::Builder::new().spawn_scoped(scope, take);
        }
        take();
    });
    let result = |place: Mutex<(Option<T>, Option<R>)>| place.into_inner().unwrap().1;
    places.into_iter().filter_map(result).collect()
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
