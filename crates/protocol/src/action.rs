//! What changes the world.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde_json::Value;

use crate::Cmd;

/// The file that marks a folder as ours. It holds, with blanks between them, what stands for the
/// state folder of who made it, what is different each time that one is made, and how many folders
/// above it were made for it.
pub const FOLDER_MARK: &str = ".made-by-pipeline";

/// A request with what its reply must be like and what later ones take from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// What it is to the user, such as `sign up`.
    pub name: String,
    /// GET, POST, PATCH or DELETE.
    pub method: String,
    /// Full address; may hold `${self.name}` of something saved.
    pub url: String,
    /// Host header; empty for the address's own.
    pub host: String,
    /// Bearer token; may hold `${self.name}`.
    pub bearer: Option<String>,
    /// JSON body; its strings may hold `${self.name}`.
    pub json: Option<Value>,
    /// The status the reply must have.
    pub expect: u16,
    /// Texts the reply must contain.
    pub contains: Vec<String>,
    /// Texts the reply must not contain.
    pub not_contains: Vec<String>,
    /// Name -> JSON pointer into the reply.
    pub save: BTreeMap<String, String>,
}

/// A background process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Daemon {
    /// Unique name within the pipeline.
    pub name: String,
    /// What is run; `${self.port}` in arguments and variables becomes its port.
    pub cmd: Cmd,
    /// The port it should have if that is free; 0 if it needs none.
    pub port: u16,
}

/// Something that changes the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Runs a command; any exit status but 0 fails.
    Run(Cmd),
    /// Runs a command; if it fails, what comes after it puts that right.
    Try(Cmd),
    /// Runs a command once the step is done, while those that need it go on: makes room that nobody
    /// waits for. If it fails, that costs space only.
    Later(Cmd),
    /// Runs a command whose standard output becomes a file, path relative to pipeline.toml.
    Save(Cmd, String),
    /// The same, and only the user may read the file.
    SavePrivately(Cmd, String),
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
    /// Tells the user something that is no failure.
    Say(String),
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Run(cmd) | Action::Try(cmd) => write!(f, "{cmd}"),
            Action::Later(cmd) => write!(f, "{cmd} (once the step is done)"),
            Action::Save(cmd, path) | Action::SavePrivately(cmd, path) => {
                write!(f, "{cmd} > {path}")
            }
            Action::Send(exchange) => write!(f, "{} {}", exchange.method, exchange.url),
            Action::Start(daemon) => write!(f, "start {} ({})", daemon.name, daemon.cmd),
            Action::Stop(name) => write!(f, "stop {name}"),
            Action::MakeFolder(path) => write!(f, "make {path}"),
            Action::DeleteFolder(path) => write!(f, "delete {path}"),
            Action::Note(name, value) => write!(f, "note {name} = {value}"),
            Action::Say(text) => f.write_str(text),
        }
    }
}
