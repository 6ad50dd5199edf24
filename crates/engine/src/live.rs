//! The report of a run while it goes on: the same page, served to browsers on this machine alone.
//! Whoever has not been told its address, which holds a random token, is told nothing.

mod board;
mod server;

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::digest::digits;
use crate::graph::Graph;
use crate::plan::World;
use crate::progress::{self, Event, Progress};
use crate::random;
use crate::report::{files, line};
use board::Board;
pub use board::Subject;

/// How long the end of a run waits until browsers that look at it have been told.
const FAREWELL: Duration = Duration::from_secs(2);
/// Whoever was told something this long ago looks no more.
const LOOKING: Duration = Duration::from_secs(5);

/// A page that follows the runs of this process.
#[derive(Clone)]
pub struct Live {
    shared: Arc<Shared>,
    address: String,
}

/// What the run writes and the server reads.
struct Shared {
    board: Mutex<Board>,
    moved: Condvar,
    /// The part of the address that nobody can guess.
    token: String,
}

impl Live {
    /// Serves on a free port of 127.0.0.1 until the process ends.
    pub fn serve() -> io::Result<Live> {
        let shared = Arc::new(Shared {
            board: Mutex::default(),
            moved: Condvar::new(),
            token: digits(&random::bytes::<16>()?).collect(),
        });
        let port = server::start(shared.clone())?;
        let address = format!("http://127.0.0.1:{port}/{}/", shared.token);
        Ok(Live { shared, address })
    }

    /// Where the page is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Follows one run from here on, and hands what happens on to `other`.
    pub fn follow(
        &self,
        world: &World,
        graph: &Graph,
        subject: Subject,
        other: Box<dyn Progress>,
    ) -> Box<dyn Progress> {
        self.shared.board().begin(world, graph, subject);
        self.shared.moved.notify_all();
        let shared = self.shared.clone();
        Box::new(Followed { shared, other })
    }

    /// Waits for a moment until whoever looks has been told how the last run ended; then tells what
    /// is left to look at.
    pub fn end(&self) {
        let began = Instant::now();
        let mut board = self.shared.board();
        while board.is_looked_at(LOOKING) && began.elapsed() < FAREWELL {
            board = self.shared.wait(board, Duration::from_millis(50));
        }
        let state = board.state().map(|state| &*state.dir);
        if let Some((dir, about)) = state.and_then(|dir| Some((dir, files::about(dir)?))) {
            let page = line::shown(&files::page(dir));
            progress::say(&format!("the live page is closed; {page} is about {about}"));
        }
    }
}

impl Shared {
    /// A thread that panicked leaves a board that can still be read.
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, board: MutexGuard<'a, Board>, limit: Duration) -> MutexGuard<'a, Board> {
        let waited = self.moved.wait_timeout(board, limit);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// A run of which the page tells too.
struct Followed {
    shared: Arc<Shared>,
    other: Box<dyn Progress>,
}

impl Progress for Followed {
    fn event(&mut self, event: &Event) {
        if self.shared.board().note(event) {
            self.shared.moved.notify_all();
        }
        self.other.event(event);
    }
}
