//! One act at a time: commands, requests, processes, folders. What went wrong is put into the tool's own most telling words.

use std::time::{Duration, Instant};

use super::{News, Worker};
use crate::exec::Started;
use crate::http;
use crate::report::log::{Log, shortened};
use protocol::{Action, FOLDER_MARK, Failure};

impl Worker<'_> {
    /// Performs one act.
    pub(super) fn perform(
        &self,
        act: &Action,
        started: Started,
        log: &mut Log,
    ) -> Result<(), Failure> {
        log.line(&format!(
            "$ {}",
            self.world.exec.secrets().mask(&act.to_string())
        ));
        let setting = self.setting(started);
        let mut last_shown = Instant::now() - Duration::from_secs(1);
        let mut sink = |line: &str| {
            log.line(line);
            if last_shown.elapsed() >= Duration::from_millis(100) && !line.trim().is_empty() {
                last_shown = Instant::now();
                self.tell.news(News::Line(line.to_string()));
            }
        };
        match act {
            Action::Run(cmd) => {
                let output = self.world.exec.run(cmd, &setting, &mut sink)?;
                match output.code {
                    0 => Ok(()),
                    code if cmd.left_out == Some(code) => {
                        let words = self.world.exec.secrets().mask(&output.last_words());
                        Err(Failure::left_out(words))
                    }
                    _ => Err(self.bad_exit(act, &output)),
                }
            }
            Action::Save(cmd, path) => {
                let output = self.world.exec.run(cmd, &setting, &mut |_| ())?;
                if output.code != 0 {
                    output.stderr.lines().for_each(sink);
                    return Err(self.bad_exit(act, &output));
                }
                self.save(path, &self.world.exec.secrets().mask(&output.stdout))
            }
            Action::Send(exchange) => {
                let reply = http::exchange(exchange, &mut self.saved.borrow_mut())?;
                log.line(&format!("{}: {}", exchange.name, reply.status));
                Ok(())
            }
            Action::Start(daemon) => self.world.exec.start(daemon, &setting),
            Action::Stop(name) => self.world.exec.stop(name),
            Action::MakeFolder(path) => self.save(&format!("{path}/{FOLDER_MARK}"), &unique()),
            Action::DeleteFolder(path) => self.delete(path),
            Action::Note(name, value) => {
                self.tell.notes(name, value);
                self.notes.borrow_mut().insert(name.clone(), value.clone());
                Ok(())
            }
        }
    }

    fn save(&self, path: &str, text: &str) -> Result<(), Failure> {
        let full = self.world.pipeline.source.dir.join(path);
        let written = full
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&full, text));
        written.map_err(|err| Failure::new(format!("can't write {path}: {err}")))
    }

    fn delete(&self, path: &str) -> Result<(), Failure> {
        let full = self.world.pipeline.source.dir.join(path);
        std::fs::remove_dir_all(&full)
            .map_err(|err| Failure::new(format!("can't delete {path}: {err}")))
    }

    fn bad_exit(&self, act: &Action, output: &protocol::Output) -> Failure {
        let text = self
            .world
            .exec
            .secrets()
            .mask(&format!("{}\n{}", output.stdout, output.stderr));
        self.inspected
            .resolved
            .kind
            .diagnose(act, &text)
            .unwrap_or_else(|| {
                let (Action::Run(cmd) | Action::Save(cmd, _)) = act else {
                    return Failure::new("it failed");
                };
                let last = output.said_last();
                let words = telling_line(&text).or(last.as_deref()).map(shortened);
                // Once more: colours may have cut through a secret.
                let words = words.map(|words| self.world.exec.secrets().mask(&words));
                let words = words.map_or(String::new(), |words| format!(": {words}"));
                let program = cmd.program();
                let program = program.rsplit('/').next().unwrap_or(program);
                Failure::new(format!(
                    "{program} ended with exit status {}{words}",
                    output.code
                ))
            })
    }
}

/// The first line that calls itself an error says more than the last one, which often only repeats the exit status.
fn telling_line(text: &str) -> Option<&str> {
    let is_error = |line: &&str| {
        let plain = line.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        plain
            .get(..5)
            .is_some_and(|head| head.eq_ignore_ascii_case("error"))
    };
    text.lines().map(str::trim).find(is_error)
}

/// Differs from every other attempt's.
pub(super) fn unique() -> String {
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |now| now.as_nanos());
    format!("{nanos:x}")
}
