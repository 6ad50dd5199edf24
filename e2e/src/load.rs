//! Many users at once, each thinking between its calls, until told to stop.
//!
//! A user's calls are due at moments that do not depend on how fast the answers come. While an
//! answer keeps a user waiting beyond the moment of its next call, that call's time counts from
//! when it was due: a server that stalls can't hide behind the calls that its own slowness
//! prevented (coordinated omission).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::http::{Site, Trouble};
use crate::ledger::Account;
use crate::series::Series;
use crate::tally::{Calls, Tally};
use crate::user::{User, Visitor};

/// Between two users' first calls: a sign-up costs tens of milliseconds of one processor.
const STAGGER: Duration = Duration::from_millis(100);
/// Between two lines that tell how it goes, in seconds.
const TELL: u64 = 10;

/// How many users, and how fast they are.
#[derive(Debug, Clone, clap::Args)]
pub struct Crowd {
    /// How many users at once
    #[arg(long, default_value_t = 50)]
    pub users: usize,
    /// How long a user thinks between two calls, on average
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration)]
    pub think: Duration,
}

/// Users at work.
pub struct Load {
    users: JoinSet<Option<Account>>,
    stop: watch::Sender<bool>,
    shared: Arc<Shared>,
    began: Instant,
}

/// What users and onlookers share.
pub struct Shared {
    site: Site,
    tally: Mutex<Tally>,
    gauges: Mutex<BTreeMap<String, f64>>,
    latest: Mutex<Calls>,
    /// Where samples and events go.
    pub series: Series,
}

/// What came of it.
pub struct Outcome {
    /// Everything counted.
    pub tally: Tally,
    /// The users, with what they were promised.
    pub accounts: Vec<Account>,
    /// When the first user began.
    pub began: std::time::Instant,
    /// How long it went on.
    pub lasted: Duration,
}

impl Shared {
    /// A value that goes into every sample from now on, such as a number of replicas.
    pub fn gauge(&self, name: &str, value: f64) {
        self.gauges
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
            .insert(name.into(), value);
    }

    /// Whether calls took longer than this in the last second, or none came back at all.
    pub fn is_slower_than(&self, limit: Duration) -> bool {
        let latest = self
            .latest
            .lock()
            .unwrap_or_else(|broken| broken.into_inner());
        latest.count() == 0 || latest.quantile(0.95) > limit.as_secs_f64() * 1000.0
    }

    /// What was counted so far.
    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }
}

impl Load {
    /// Sends the users off.
    pub fn start(site: &Site, crowd: &Crowd, series: Series) -> Load {
        let shared = Arc::new(Shared {
            site: site.clone(),
            tally: Mutex::default(),
            gauges: Mutex::default(),
            latest: Mutex::default(),
            series,
        });
        let load = Load::of(shared, crowd);
        tokio::spawn(tell(load.shared(), load.stop.subscribe()));
        load
    }

    /// More users, who are counted together with these and may leave before them.
    pub fn more(&self, crowd: &Crowd) -> Load {
        Load::of(self.shared(), crowd)
    }

    fn of(shared: Arc<Shared>, crowd: &Crowd) -> Load {
        let stop = watch::Sender::new(false);
        let mut users = JoinSet::new();
        for number in 0..crowd.users {
            let delay = STAGGER * u32::try_from(number).unwrap_or(u32::MAX);
            users.spawn(live(shared.clone(), delay, crowd.think, stop.subscribe()));
        }
        Load {
            users,
            stop,
            shared,
            began: Instant::now(),
        }
    }

    /// Visitors of the page, who are counted together with these users.
    pub fn visitors(&self, crowd: &Crowd) -> Load {
        let stop = watch::Sender::new(false);
        let mut users = JoinSet::new();
        for _ in 0..crowd.users {
            users.spawn(visit(self.shared(), crowd.think, stop.subscribe()));
        }
        Load {
            users,
            stop,
            shared: self.shared(),
            began: Instant::now(),
        }
    }

    /// What users and onlookers share.
    pub fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// Lets every user finish its call.
    pub async fn leave(&mut self) -> Vec<Account> {
        self.stop.send_replace(true);
        let mut accounts = Vec::new();
        while let Some(ended) = self.users.join_next().await {
            accounts.extend(ended.expect("a user never panics"));
        }
        accounts
    }

    /// Ends it, and tells what came of it.
    pub async fn end(mut self) -> Outcome {
        let accounts = self.leave().await;
        let tally = std::mem::take(&mut *self.shared.tally());
        Outcome {
            tally,
            accounts,
            began: self.began.into_std(),
            lasted: self.began.elapsed(),
        }
    }
}

/// One user, from sign-up to the end.
async fn live(
    shared: Arc<Shared>,
    delay: Duration,
    think: Duration,
    mut stop: watch::Receiver<bool>,
) -> Option<Account> {
    let mut due = Instant::now() + delay;
    let mut user = None;
    let mut free = Instant::now();
    while wait(due, &mut stop).await {
        let from = start_of(&shared, due, free);
        let (kind, trouble) = act(&shared, &mut user).await;
        free = Instant::now();
        shared.tally().add(kind, free - from, trouble);
        due += think.mul_f64(0.5 + fastrand::f64());
    }
    user.map(User::into_account)
}

/// One visitor after the other, on the same seat; they leave no account.
async fn visit(
    shared: Arc<Shared>,
    think: Duration,
    mut stop: watch::Receiver<bool>,
) -> Option<Account> {
    let visitor = Visitor::new(&shared.site);
    while wait(
        Instant::now() + think.mul_f64(0.5 + fastrand::f64()),
        &mut stop,
    )
    .await
    {
        let from = Instant::now();
        let trouble = visitor.visit().await.err();
        shared.tally().add("visit", from.elapsed(), trouble);
    }
    None
}

/// Until `due`, or false at once when it is over.
async fn wait(due: Instant, stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => false,
        () = sleep_until(due) => true,
    }
}

/// From when a call's time counts: the server is to blame if its last answer made the user late,
/// else nobody but us.
fn start_of(shared: &Shared, due: Instant, free: Instant) -> Instant {
    if free > due {
        return due;
    }
    shared.tally().late(due.elapsed());
    Instant::now()
}

async fn act(shared: &Shared, user: &mut Option<User>) -> (&'static str, Option<Trouble>) {
    match user {
        Some(user) => {
            let kind = user.choose();
            (kind, user.act(kind).await.err())
        }
        None => match User::new(&shared.site).await {
            Ok(new) => {
                *user = Some(new);
                ("sign up", None)
            }
            Err(trouble) => ("sign up", Some(trouble)),
        },
    }
}

/// A sample each second, a line each ten.
async fn tell(shared: Arc<Shared>, stop: watch::Receiver<bool>) {
    let mut recent = Calls::default();
    for second in 1.. {
        sleep(Duration::from_secs(1)).await;
        if *stop.borrow() {
            return;
        }
        let calls = shared.tally().take_interval();
        let gauges = shared
            .gauges
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
            .clone();
        shared.series.sample(values(&calls, &gauges));
        recent.join(&calls);
        *shared
            .latest
            .lock()
            .unwrap_or_else(|broken| broken.into_inner()) = calls;
        if second % TELL == 0 {
            println!("{}", line(second, &std::mem::take(&mut recent), &gauges));
        }
    }
}

fn values(calls: &Calls, gauges: &BTreeMap<String, f64>) -> Map<String, Value> {
    let counted = [
        ("calls/s", calls.count() as f64),
        ("p50 ms", calls.quantile(0.5)),
        ("p95 ms", calls.quantile(0.95)),
        ("failed calls", calls.failed as f64),
        ("refused calls", calls.refused as f64),
    ];
    let counted = counted
        .into_iter()
        .map(|(name, value)| (name.to_string(), value));
    let all = counted.chain(gauges.iter().map(|(name, value)| (name.clone(), *value)));
    all.map(|(name, value)| (name, value.into())).collect()
}

fn line(second: u64, calls: &Calls, gauges: &BTreeMap<String, f64>) -> String {
    let rate = calls.count() as f64 / TELL as f64;
    let gauges: String = gauges
        .iter()
        .map(|(name, value)| format!(", {name} {value}"))
        .collect();
    format!(
        "{second:>5} s: {rate:.1} calls/s, p50 {:.1} ms, p95 {:.1} ms, {} failed, {} refused{gauges}",
        calls.quantile(0.5),
        calls.quantile(0.95),
        calls.failed,
        calls.refused
    )
}
