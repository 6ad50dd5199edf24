//! Whether a background service lives, and whether it is the one that answers.

use std::time::Duration;

use super::{Exec, Setting};
use crate::http;
use crate::service::{self, Service};
use protocol::{Answer, Daemon, Request};

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
            let words = service::last_words(&self.state, name);
            return Answer::None(format!(
                "no process of ours named {name} is running{}",
                self.secrets.mask(&words)
            ));
        };
        let silent = (!path.is_empty())
            .then(|| self.silent(&found, path, setting))
            .flatten();
        Answer::Alive {
            pid: found.pid,
            port: found.port,
            current: found.digest == service::digest(daemon),
            silent,
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
