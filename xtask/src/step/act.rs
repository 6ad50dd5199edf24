//! The words steps and engine share: commands, questions, answers, acts and failures, as plain data.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// A program call: an argv list, never a shell string.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Cmd {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Variables set for this call.
    pub env: Vec<(String, String)>,
    /// A call whose `KEY=VALUE` lines become variables of this call and of nothing else.
    pub env_from: Option<Box<Cmd>>,
    /// Folder relative to pipeline.toml.
    pub cwd: Option<String>,
    /// Text given to standard input.
    pub stdin: String,
    /// Secrets that are put into the program's standard input as one JSON document: field path -> secret name.
    pub secret_stdin: Vec<(String, String)>,
    /// The call that reads this one's standard output.
    pub pipe: Option<Box<Cmd>>,
    /// The exit status with which it says that it can't do its work on this machine.
    pub left_out: Option<i32>,
}

impl Cmd {
    /// A call of `program` with `args`.
    pub fn new<S: Into<String>>(program: &str, args: impl IntoIterator<Item = S>) -> Cmd {
        let argv = std::iter::once(program.to_string())
            .chain(args.into_iter().map(Into::into))
            .collect();
        Cmd {
            argv,
            ..Cmd::default()
        }
    }

    /// A call given as one list.
    pub fn list(argv: &[String]) -> Cmd {
        Cmd {
            argv: argv.to_vec(),
            ..Cmd::default()
        }
    }

    /// The program; empty if there is none.
    pub fn program(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }

    /// Adds arguments.
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Cmd {
        self.argv.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sends standard output into `next`.
    pub fn pipe(mut self, next: Cmd) -> Cmd {
        self.pipe = Some(Box::new(match self.pipe.take() {
            Some(first) => first.pipe(next),
            None => next,
        }));
        self
    }

    /// Takes variables from the output of `cmd`.
    pub fn env_from(mut self, cmd: Option<Cmd>) -> Cmd {
        self.env_from = cmd.map(Box::new);
        self
    }
}

impl fmt::Display for Cmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.argv.iter().map(|word| quoted(word)).collect();
        f.write_str(&words.join(" "))?;
        self.pipe
            .as_ref()
            .map_or(Ok(()), |next| write!(f, " | {next}"))
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+{}".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A read-only question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ask {
    /// What does this command answer?
    Run(Cmd),
    /// What does this address answer?
    Get(Request),
    /// Does our background process of that name live, and does it answer at this path (empty: any answer will do)?
    Process(String, String),
    /// Where is this tool on PATH, and which file is it?
    Which(String),
    /// What does this command answer? Its program's file alone decides, so while that is the one named second, the third is the
    /// answer.
    Version(Cmd, String, String),
    /// What stands in this file, relative to pipeline.toml?
    Read(String),
    /// What is this machine?
    Machine,
}

/// The reply to an [`Ask`].
#[derive(Debug, Clone)]
pub enum Answer {
    /// The command ran to its end.
    Ran(Output),
    /// The address answered.
    Got(Reply),
    /// Our process lives: its process id and port.
    Alive {
        /// Process id.
        pid: u32,
        /// The port it was given; 0 if none.
        port: u16,
        /// Digest of what it was started with.
        digest: String,
        /// Why it does not answer yet, if it does not.
        silent: Option<String>,
    },
    /// The tool's absolute path, and what tells that it is still the same file; empty if nothing does.
    Found(String, String),
    /// What this machine has: processors, bytes of memory, bytes free on the pipeline's disk.
    Machine(u64, u64, u64),
    /// There was no answer; the sentence says why.
    None(String),
}

impl Answer {
    /// Standard output if the command succeeded.
    pub fn stdout(&self) -> Option<&str> {
        match self {
            Answer::Ran(output) if output.code == 0 => Some(&output.stdout),
            _ => None,
        }
    }

    /// Standard output as JSON if the command succeeded.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(self.stdout()?).ok()
    }

    /// Why there is no good answer, in the tool's own last words.
    pub fn trouble(&self) -> String {
        match self {
            Answer::Ran(output) => output.last_words(),
            Answer::Got(reply) => format!("it answered {}", reply.status),
            Answer::None(why) => why.clone(),
            Answer::Alive { pid, .. } => format!("process {pid} lives"),
            Answer::Found(path, _) => path.clone(),
            Answer::Machine(..) => "it has too little".to_string(),
        }
    }
}

/// What a command printed and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Exit status; 128 + N for a process ended by signal N.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// The last line that says something, if there is one.
    pub fn said_last(&self) -> Option<String> {
        let last = |text: &str| {
            text.lines()
                .rev()
                .map(str::trim)
                .find(|line| !line.is_empty())
                .map(str::to_string)
        };
        last(&self.stderr).or_else(|| last(&self.stdout))
    }

    /// The last line that says something, or the exit status.
    pub fn last_words(&self) -> String {
        self.said_last()
            .unwrap_or_else(|| format!("exit status {}", self.code))
    }
}

impl Output {
    /// The last line of standard output, or `otherwise` if there is none.
    pub fn last_words_or(&self, otherwise: &str) -> String {
        let last = self
            .stdout
            .lines()
            .rev()
            .map(str::trim)
            .find(|line| !line.is_empty());
        last.unwrap_or(otherwise).to_string()
    }
}

/// An HTTP request without a body.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// Full address.
    pub url: String,
    /// Overrides the Host header: how an ingress is reached by its address.
    pub host: String,
}

/// An HTTP answer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Body as text.
    pub body: String,
}

/// A request with what its reply must be like and what later ones take from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// What it is to the user, such as `sign up`.
    pub name: String,
    /// GET, POST, PATCH or DELETE.
    pub method: String,
    /// Full address; may hold `{name}` of something saved.
    pub url: String,
    /// Host header; empty for the address's own.
    pub host: String,
    /// Bearer token; may hold `{name}`.
    pub bearer: Option<String>,
    /// JSON body; its strings may hold `{name}`.
    pub json: Option<Value>,
    /// The status the reply must have.
    pub expect: u16,
    /// Texts the reply must contain.
    pub contains: Vec<String>,
    /// Texts the reply must not contain.
    pub lacks: Vec<String>,
    /// Name -> JSON pointer into the reply.
    pub save: BTreeMap<String, String>,
}

/// A background process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Daemon {
    /// Unique name within the pipeline.
    pub name: String,
    /// What is run; `{port}` in arguments and variables becomes its port.
    pub cmd: Cmd,
    /// The port it should have if that is free; 0 if it needs none.
    pub port: u16,
}

/// Something that changes the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Runs a command; any exit status but 0 fails.
    Run(Cmd),
    /// Runs a command whose standard output becomes a file, path relative to pipeline.toml.
    Save(Cmd, String),
    /// Sends a request and checks the reply.
    Send(Box<Exchange>),
    /// Starts a background process.
    Start(Daemon),
    /// Stops our background process of that name.
    Stop(String),
    /// Makes a folder and marks it as ours.
    MakeFolder(String),
    /// Deletes a folder that is marked as ours, with everything in it.
    DeleteFolder(String),
    /// Remembers a fact about what the acts around it did.
    Note(String, String),
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Run(cmd) => write!(f, "{cmd}"),
            Act::Save(cmd, path) => write!(f, "{cmd} > {path}"),
            Act::Send(exchange) => write!(f, "{} {}", exchange.method, exchange.url),
            Act::Start(daemon) => write!(f, "start {} ({})", daemon.name, daemon.cmd),
            Act::Stop(name) => write!(f, "stop {name}"),
            Act::MakeFolder(path) => write!(f, "make {path}"),
            Act::DeleteFolder(path) => write!(f, "delete {path}"),
            Act::Note(name, value) => write!(f, "note {name} = {value}"),
        }
    }
}

/// Why a step can't be done: cause first, then what was seen, then the next action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// One sentence.
    pub cause: String,
    /// What was seen, a line each.
    pub evidence: Vec<String>,
    /// What the user does next.
    pub fix: Option<String>,
    /// The machine or the call is at fault rather than the work: exit code 2.
    pub prerequisite: bool,
    /// Nothing is wrong: the step can do without, and says so.
    pub left_out: bool,
}

impl Failure {
    /// A failure with a cause and nothing else known.
    pub fn new(cause: impl Into<String>) -> Failure {
        Failure {
            cause: cause.into(),
            ..Failure::default()
        }
    }

    /// Adds the next action.
    pub fn fix(mut self, fix: impl Into<String>) -> Failure {
        self.fix = Some(fix.into());
        self
    }

    /// Adds what was seen.
    pub fn seen<S: Into<String>>(mut self, lines: impl IntoIterator<Item = S>) -> Failure {
        self.evidence.extend(lines.into_iter().map(Into::into));
        self
    }

    /// A step that can't be done here and need not be, and why.
    pub fn left_out(why: impl Into<String>) -> Failure {
        Failure {
            left_out: true,
            ..Failure::new(why)
        }
    }

    /// Marks the machine or the call as at fault.
    pub fn prerequisite(mut self) -> Failure {
        self.prerequisite = true;
        self
    }
}
