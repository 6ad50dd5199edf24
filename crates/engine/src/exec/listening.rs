//! Whether a background service lives, and whether it is the one that answers.

use std::collections::HashMap;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Exec, Setting};
use crate::http;
use crate::processes;
use crate::report::line;
use crate::service::{self, Service};
use protocol::{Answer, Daemon, LastWords, Request, readable};
use signal_hook::low_level::signal_name;

/// Who lives so long after its start has understood its call.
const SETTLED: Duration = Duration::from_millis(400);
/// How many of a service's last lines are told.
const LAST: usize = 5;

/// The services that this run started: only their parent is told how they end.
#[derive(Default)]
pub(super) struct StartedHere(Mutex<HashMap<String, (Arc<duct::Handle>, Instant)>>);

impl StartedHere {
    /// Keeps the handle of a service.
    pub(super) fn keep(&self, name: &str, handle: duct::Handle) -> Arc<duct::Handle> {
        let handle = Arc::new(handle);
        let kept = (handle.clone(), Instant::now());
        self.0.lock().unwrap().insert(name.to_string(), kept);
        handle
    }

    /// Whether it may still end at once, as for a mistake in its call.
    fn just_now(&self, name: &str) -> Option<String> {
        let started = self.0.lock().unwrap();
        let (_, began) = started.get(name)?;
        (began.elapsed() < SETTLED).then(|| "it has only just begun".to_string())
    }

    /// How it ended, if it did.
    fn end(&self, name: &str) -> Option<String> {
        let started = self.0.lock().unwrap();
        let (handle, began) = started.get(name)?;
        let status = handle.try_wait().ok()??.status;
        let after = line::duration(began.elapsed());
        // Nobody looked before now.
        Some(format!(
            "{} within {after} of its start",
            end_in_words(status)
        ))
    }
}

fn end_in_words(status: ExitStatus) -> String {
    match (status.code(), status.signal().and_then(signal_name)) {
        (Some(code), _) => format!("with exit status {code}"),
        (None, Some(signal)) => format!("by {signal}"),
        (None, None) => "by a signal".to_string(),
    }
}

impl Exec {
    pub(super) fn process(&self, daemon: &Daemon, path: &str, setting: &Setting) -> Answer {
        let name = &daemon.name;
        // While a process turns into another program its environment can't be read, so the first no
        // is not believed.
        let again = || {
            std::thread::sleep(Duration::from_millis(30));
            self.services.find(name)
        };
        let Some(found) = self.services.find(name).or_else(again).or_else(again) else {
            return self.gone(name);
        };
        let silent = match path.is_empty() {
            _ if processes::is_stopped(found.pid) => Some("it is stopped".to_string()),
            true => self.started.just_now(name),
            false => self.silent(&found, path, setting),
        };
        Answer::Alive {
            pid: found.pid,
            gone: found.gone,
            port: found.port,
            current: found.digest == service::digest(daemon),
            other: self.services.other_target(&found),
            words: match &silent {
                Some(_) => self.last_words(name),
                None => LastWords::default(),
            },
            silent,
        }
    }

    /// What makes of a service's words what may be shown: it may have been started with secrets
    /// that have other values now, or none.
    pub fn hides_in(&self, service: &str) -> impl Fn(&str) -> String {
        let prints = service::secrets_in(&self.state, service, &self.secrets);
        move |text| prints.mask(&self.secrets.mask(text))
    }

    fn last_words(&self, name: &str) -> LastWords {
        let last = service::last_lines(&self.state, name, LAST).into_iter();
        let hide = self.hides_in(name);
        LastWords {
            last: last.map(|line| hide(&readable(&hide(&line)))).collect(),
            log: line::shown(&service::log(&self.state, name)),
        }
    }

    fn gone(&self, name: &str) -> Answer {
        let words = self.last_words(name);
        match (self.started.end(name), words.last.last()) {
            (Some(how), _) => Answer::Ended { how, words },
            (None, None) => Answer::None(format!("no process of ours named {name} is running")),
            (None, Some(said)) => Answer::None(format!(
                "no process of ours named {name} is running; it last said: {said}"
            )),
        }
    }

    /// Why a service does not answer yet, if it does not. An answer proves only the process that
    /// listens there.
    fn silent(&self, service: &Service, path: &str, setting: &Setting) -> Option<String> {
        let url = format!("http://127.0.0.1:{}{path}", service.port);
        let request = Request {
            url: url.clone(),
            host: String::new(),
        };
        match http::get(&request, &self.patience(setting)) {
            Ok(reply) if reply.status < 300 => {
                let stranger = self.services.stranger(service)?;
                Some(format!("{url} is answered by {stranger}, which is not it"))
            }
            Ok(reply) => Some(format!("{url} answers {}", reply.status)),
            Err(err) => Some(err),
        }
    }
}
