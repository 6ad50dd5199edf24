//! An xtask with one kind of its own beside those that come with the engine.

mod link;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut kinds = kinds::KINDS.to_vec();
    kinds.push(link::KIND);
    xtask::main(kinds)
}
