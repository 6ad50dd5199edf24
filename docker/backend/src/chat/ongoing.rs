//! Counts the answers that are being made, so that the process does not end under one whose caller
//! has gone away.

use tokio::sync::watch;

/// The answers being made; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Ongoing(watch::Sender<usize>);

/// One answer; counted until it is dropped.
pub struct Underway(watch::Sender<usize>);

impl Ongoing {
    /// One more begins.
    pub fn begin(&self) -> Underway {
        self.0.send_modify(|count| *count += 1);
        Underway(self.0.clone())
    }

    /// Returns when there is none.
    pub async fn over(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
