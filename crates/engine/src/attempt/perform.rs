//! One act at a time: commands, requests, processes, folders. What went wrong is put into the
//! tool's own most telling words.

use signal_hook::consts::SIGKILL;
use signal_hook::low_level::signal_name;
use std::fs;
use std::io::{self, Write};
use std::iter;
use std::path::{Path, PathBuf};

use super::shown::Shown;
use super::{News, Worker};
use crate::exec::{Setting, Sink, Started, Streams};
use crate::files::{fresh, made, scope};
use crate::http;
use crate::plan;
use crate::report::log::{Log, last_lines, shortened};
use protocol::{Action, Cmd, Daemon, FOLDER_MARK, Failure, Probe, StepContext, drawn, error_line};

impl Worker<'_> {
    /// By now everything that the step needs has made its files. What can't be read is told by the
    /// snapshot.
    pub(super) fn warn_of_patterns(&self, log: &mut Log) {
        let sentences = self.world.files.unnamed(&self.step.inputs);
        for sentence in sentences.unwrap_or_default() {
            let sentence = format!("inputs: {sentence}");
            log.line(&format!("warning: {sentence}"));
            self.tell.news(News::Warning(sentence));
        }
    }

    /// Performs one act.
    pub(super) fn perform(
        &self,
        act: &Action,
        started: Started,
        log: &mut Log,
    ) -> Result<(), Failure> {
        match act {
            // Nobody but us needs to know it.
            Action::Note(..) => log.aside(&self.masked(&called(act))),
            _ => self.note(log, &called(act)),
        }
        let setting = Setting {
            streams: Streams::Together,
            sweeps: self.is_tried_again.get(),
            ..self.setting(started)
        };
        let mut shown = Shown::to(self.tell);
        let mut sink = |line: &str| {
            log.line(line);
            shown.line(line);
        };
        match act {
            Action::Run(cmd) => {
                let output = self.run(cmd, &setting, &mut sink)?;
                match output.code {
                    0 => Ok(()),
                    code if cmd.left_out == Some(code) => {
                        Err(Failure::left_out(output.last_words()))
                    }
                    _ => Err(self.bad_exit(act, &output)),
                }
            }
            Action::Try(cmd) => {
                let output = self.world.exec.run(cmd, &setting, &mut sink)?;
                if output.code != 0 {
                    log.line("it failed; going on");
                }
                Ok(())
            }
            Action::Later(cmd) => {
                self.later.borrow_mut().push(cmd.clone());
                Ok(())
            }
            Action::Save(cmd, path) | Action::SavePrivately(cmd, path) => {
                let setting = Setting {
                    streams: Streams::Apart,
                    ..setting
                };
                self.save_output(act, (cmd, path), &setting, &mut sink)
            }
            Action::Send(exchange) => {
                let patience = self.world.exec.patience(&setting);
                let reply = http::exchange(exchange, &mut self.saved.borrow_mut(), &patience);
                let reply = reply.map_err(|failure| self.in_short(failure))?;
                log.line(&format!("{}: {}", exchange.name, reply.status));
                Ok(())
            }
            Action::Start(daemon) => self.start(daemon, &setting),
            Action::Stop(name) => self.world.exec.stop(name),
            Action::Say(text) => {
                // What it acts for was told when it began.
                if *self.reason.borrow() != *text {
                    self.tell.news(News::Warning(text.clone()));
                }
                Ok(())
            }
            Action::MakeFolder(path) => self.make_folder(path),
            Action::DeleteFolder(path) => self.delete(path),
            Action::Note(name, value) => {
                self.tell.notes(name, value);
                self.notes
                    .borrow_mut()
                    .insert(name.clone(), value.clone().into());
                Ok(())
            }
        }
    }

    fn start(&self, daemon: &Daemon, setting: &Setting) -> Result<(), Failure> {
        let exec = &self.world.exec;
        let (name, wanted) = (&daemon.name, daemon.port);
        let port = exec.start(daemon, &self.step.id, setting)?;
        self.started.replace(Some(name.clone()));
        if wanted != 0 && port != wanted {
            let by = exec.services().occupant(wanted);
            let by = by.map_or(String::new(), |by| format!(" by {by}"));
            let said = format!("port {wanted} is taken{by}: {name} is on {port}");
            self.tell.news(News::Warning(said));
        }
        Ok(())
    }

    /// Whoever interrupts the start of a service does not want it. `status` tells of one that can't
    /// be ended.
    pub(super) fn end_unwanted(&self) {
        let started = self.started.take();
        if let Some(name) = started.filter(|_| self.world.exec.is_ending()) {
            let _ = self.world.exec.stop(&name);
        }
    }

    /// What was seen can be long; where it is cut, it must not cut a secret.
    fn in_short(&self, mut failure: Failure) -> Failure {
        for line in &mut failure.evidence {
            *line = shortened(&self.masked(line));
        }
        failure
    }

    /// What the command prints is in the file, byte by byte, or the file is as it was.
    fn save_output(
        &self,
        act: &Action,
        (cmd, path): (&Cmd, &str),
        setting: &Setting,
        sink: &mut Sink,
    ) -> Result<(), Failure> {
        let full = self.world.pipeline.source.dir.join(path);
        let unwritable = |err| Failure::new(format!("can't write {path}: {err}"));
        // What a step with secrets prints may hold them.
        let is_private = matches!(act, Action::SavePrivately(..)) || !setting.secrets.is_empty();
        let mode = if is_private { 0o600 } else { 0o666 };
        let fresh = fresh(&full);
        let file = made(&fresh, mode).map_err(unwritable)?;
        let output = self.world.exec.run_into(cmd, setting, Some(&file), sink);
        let failure = match output {
            Ok(output) if output.code == 0 => {
                return fs::rename(&fresh, &full).map_err(unwritable);
            }
            Ok(mut output) => {
                output.stdout = last_lines(&fresh, 20).join("\n");
                self.bad_exit(act, &output)
            }
            Err(failure) => failure,
        };
        // Nobody looks at it; the next attempt writes it again.
        let _ = fs::remove_file(&fresh);
        Err(failure)
    }

    /// What is left to do once the actions were performed. Trouble with it costs space, not truth.
    pub(super) fn tidy(&self, started: Started, log: &mut Log) {
        let kind = &self.inspected.resolved.kind;
        let noted = self.notes.borrow().clone();
        let step_context = StepContext {
            noted: Some(&noted),
            ..self.step_context()
        };
        let probes = kind.tidy_probes(&step_context);
        let setting = self.setting(self.world.exec.clock.start());
        let ask = |probes: Vec<Probe>| self.world.exec.ask_each(&probes, &setting, |_| ());
        let answers = plan::with_more(&**kind, &step_context, probes, ask);
        for act in kind.tidy(&step_context, &answers) {
            if let Err(failure) = self.perform(&act, started, log) {
                self.note(log, &format!("left as it is: {}", failure.cause));
            }
        }
    }

    /// What was put off until nobody waits for it.
    pub(super) fn catch_up(&self) {
        let setting = self.setting(self.world.exec.clock.start());
        for cmd in self.later.take() {
            // It costs space only, and the next attempt finds it again.
            let _ = self.world.exec.run(&cmd, &setting, &mut |_| ());
        }
    }

    fn save(&self, path: &str, text: &str) -> Result<(), Failure> {
        let full = self.world.pipeline.source.dir.join(path);
        made(&full, 0o666)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|err| Failure::new(format!("can't write {path}: {err}")))
    }

    /// Where a folder of ours lies; none of ours holds the project, or what the engine keeps.
    fn own_folder(&self, path: &str) -> Result<PathBuf, Failure> {
        let project = &self.world.pipeline.source.dir;
        let full = project.join(path);
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| scope::plain(path));
        let folder = real(&full);
        let holds = [project, &self.world.state.dir].map(|inner| real(inner).starts_with(&folder));
        let inner = match holds {
            [true, _] => "pipeline.toml itself",
            [_, true] => "what the engine keeps (`.pipeline`)",
            _ => return Ok(full),
        };
        let cause = format!(
            "the folder `{path}` holds {inner}, and is none to be made or deleted by a step"
        );
        Err(Failure::new(cause).fix("name a folder below it, such as `${state}/data`"))
    }

    /// Refuses folders that can't be made, before it is noted that they are.
    pub(super) fn check_folders(&self, acts: &[Action]) -> Result<(), Failure> {
        let folders = acts.iter().filter_map(|act| match act {
            Action::MakeFolder(path) => Some(self.free_folder(path).map(drop)),
            _ => None,
        });
        folders.collect()
    }

    /// What lies in the folder already would be deleted with it one day, so that takes a decision.
    fn free_folder(&self, path: &str) -> Result<PathBuf, Failure> {
        let full = self.own_folder(path)?;
        let is_taken_over = self.world.adopt && full.is_dir();
        match self.world.exec.occupied(path) {
            Some(failure) if !is_taken_over => Err(failure),
            _ => Ok(full),
        }
    }

    fn make_folder(&self, path: &str) -> Result<(), Failure> {
        let full = self.free_folder(path)?;
        let parents = full.ancestors().skip(1);
        let parents = parents.take_while(|folder| !folder.exists()).count();
        let owner = self.world.exec.owner_of(path);
        let by_link = if full.is_symlink() { BY_LINK } else { "" };
        let mark = format!("{owner} {} {parents}{by_link}", unique());
        self.save(&format!("{path}/{FOLDER_MARK}"), &mark)
    }

    /// The mark goes last: what is left of a folder that can't be deleted whole is still ours. The
    /// folders above that were made with it go too, as far as they are empty.
    fn delete(&self, path: &str) -> Result<(), Failure> {
        let full = self.own_folder(path)?;
        let failed = |at: &Path, err: io::Error| {
            let at = at.display();
            Failure::new(format!("can't delete {at}: {err}")).fix(format!(
                "see whose it is (`ls -lR {at}`), delete it as its owner, and run the same command again"
            ))
        };
        if full.is_symlink() {
            return delete_link(&full).map_err(|err| failed(&full, err));
        }
        let mark = fs::read_to_string(full.join(FOLDER_MARK)).unwrap_or_default();
        let parents = mark
            .split(' ')
            .nth(2)
            .and_then(|count| count.trim().parse().ok());
        let entries = fs::read_dir(&full).map_err(|err| failed(&full, err))?;
        let inner = entries.flatten().map(|entry| entry.path());
        for path in inner.filter(|path| !path.ends_with(FOLDER_MARK)) {
            let is_folder = path.symlink_metadata().is_ok_and(|known| known.is_dir());
            let remove = if is_folder {
                fs::remove_dir_all
            } else {
                fs::remove_file
            };
            remove(&path).map_err(|err| failed(&path, err))?;
        }
        fs::remove_dir_all(&full).map_err(|err| failed(&full, err))?;
        let parents = full.ancestors().skip(1).take(parents.unwrap_or(0));
        let _ = parents
            .map(fs::remove_dir)
            .take_while(io::Result::is_ok)
            .count();
        Ok(())
    }

    fn bad_exit(&self, act: &Action, output: &protocol::Output) -> Failure {
        let text = self.masked(&format!("{}\n{}", output.stdout, output.stderr));
        let text = text.lines().map(drawn).collect::<Vec<_>>().join("\n");
        self.inspected
            .resolved
            .kind
            .diagnose(act, &text)
            .unwrap_or_else(|| {
                let (Action::Run(cmd) | Action::Save(cmd, _) | Action::SavePrivately(cmd, _)) = act
                else {
                    return Failure::new("it failed");
                };
                let last = output.said_last().map(|line| self.masked(&line));
                let words = error_line(text.lines()).or(last.as_deref()).map(shortened);
                let words = words.map_or(String::new(), |words| format!(": {words}"));
                let (signal, fix) = ended_by(output.code);
                let cause = format!(
                    "{} ended with exit status {}{signal}{words}",
                    programs(cmd),
                    output.code
                );
                Failure {
                    fix,
                    ..Failure::new(cause)
                }
            })
    }
}

/// An act as its log tells it; what stands behind `$ ` can be given to a shell.
fn called(act: &Action) -> String {
    match act {
        Action::Run(_) | Action::Try(_) | Action::Save(..) | Action::SavePrivately(..) => {
            format!("$ {act}")
        }
        _ => act.to_string(),
    }
}

/// The program's name; of a pipe every one's, since its exit status is that of any of them.
fn programs(cmd: &Cmd) -> String {
    let calls = iter::successors(Some(cmd), |cmd| cmd.pipe.as_deref());
    let name = |cmd: &Cmd| {
        let program = cmd.program();
        program.rsplit('/').next().unwrap_or(program).to_string()
    };
    calls.map(name).collect::<Vec<_>>().join(" | ")
}

/// The signal that an exit status tells of, in brackets, and what to do if nobody here has sent it.
fn ended_by(code: i32) -> (String, Option<String>) {
    let Some(name) = signal_name(code - 128) else {
        return (String::new(), None);
    };
    let fix = "if nobody killed it, memory ran out (`dmesg` tells): run fewer steps at once with `-j`, or ask for `min_free_mem`";
    let fix = (code - 128 == SIGKILL).then(|| fix.to_string());
    (format!(", as {name} leaves it"), fix)
}

/// The end of a mark by which a link was taken over, and not the folder that it leads to.
const BY_LINK: &str = " by link";

/// What it leads to is somebody else's, but for the mark that took it over.
fn delete_link(link: &Path) -> io::Result<()> {
    let mark = link.canonicalize().map(|folder| folder.join(FOLDER_MARK));
    fs::remove_file(link)?;
    let is_by_link =
        |mark: &PathBuf| fs::read_to_string(mark).is_ok_and(|text| text.ends_with(BY_LINK));
    if let Some(mark) = mark.ok().filter(is_by_link) {
        let _ = fs::remove_file(mark);
    }
    Ok(())
}

/// Differs from every other attempt's.
pub(super) fn unique() -> String {
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |now| now.as_nanos());
    format!("{nanos:x}")
}
