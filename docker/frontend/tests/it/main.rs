//! One binary for all tests of the frontend server: the real router and the real program, against a
//! backend of the tests' own.

mod page;
mod process;
mod proxy;
mod slow;
#[path = "../../../todo-core/tests/it/slow.rs"]
mod slow_callers;
mod stage;
