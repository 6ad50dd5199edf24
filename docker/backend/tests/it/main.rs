//! The backend from outside: its real program, asked over HTTP.

mod account;
mod accounts;
mod attacks;
mod calls;
mod chat;
mod conversations;
mod input;
mod isolation;
mod logout;
mod many;
mod model;
mod operation;
mod outages;
#[path = "../../../todo-core/tests/it/servers.rs"]
mod servers;
mod sessions;
mod slow;
#[path = "../../../todo-core/tests/it/slow.rs"]
mod slow_callers;
mod stage;
mod stop;
mod tasks;
mod tools;
mod unfinished;
