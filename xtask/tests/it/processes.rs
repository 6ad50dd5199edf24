//! Background processes: started once, found again, restarted when they change, stopped by name.

use crate::sandbox::Sandbox;

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// `tests/data/server.rs`, compiled once: what runs the tests has a compiler.
pub(crate) fn server() -> &'static PathBuf {
    static SERVER: OnceLock<PathBuf> = OnceLock::new();
    SERVER.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/server.rs");
        let program = std::env::temp_dir().join(format!("xtask-it-server-{}", std::process::id()));
        let compiled = Command::new("rustc")
            .args(["--edition=2024", "-o"])
            .arg(&program)
            .arg(source)
            .status();
        assert!(compiled.unwrap().success());
        program
    })
}

fn sandbox(port: u16) -> Sandbox {
    let server = server().display();
    let text = format!(
        "[goals]\nup=['page']\nteardown={{undo='up'}}\n[urls]\nweb='${{web.url}}'\n\
         [[step]]\nid='web'\nkind='process'\ntimeout='20s'\ninputs=['page.txt']\n\
         with={{name='web',argv=['{server}','page.txt'],port={port},health='/',env={{PORT='{{port}}'}}}}\n\
         [[step]]\nid='page'\nkind='health'\ntimeout='20s'\nwith={{urls=['${{web.url}}/'],contains=['hello']}}\n"
    );
    Sandbox::new().pipeline(&text).file("page.txt", "hello\n")
}

#[test]
fn a_process_is_kept_found_restarted_and_stopped() {
    let sandbox = sandbox(18431);
    sandbox
        .run(&["up"])
        .code(0)
        .says("web          http://127.0.0.1:184");
    let first = pid(&sandbox);
    sandbox.run(&["up"]).code(0).says("0 done, 1 ok, 1 skipped");
    assert_eq!(pid(&sandbox), first);
    sandbox.write("page.txt", "hello again\n");
    sandbox
        .run(&["up"])
        .code(0)
        .says("web: input page.txt changed");
    assert_ne!(pid(&sandbox), first);
    sandbox
        .run(&["teardown", "--dry-run"])
        .code(0)
        .prints("stop web");
    sandbox.run(&["teardown"]).code(0).says("1 removed");
    sandbox.run(&["teardown"]).code(0).says("nothing to remove");
    assert_eq!(
        sandbox
            .run(&["status"])
            .code(0)
            .stdout
            .matches("  missing")
            .count(),
        2
    );
}

#[test]
fn a_taken_port_is_stepped_around() {
    let taken = std::net::TcpListener::bind(("0.0.0.0", 0)).unwrap();
    let sandbox = sandbox(taken.local_addr().unwrap().port());
    sandbox.run(&["up"]).code(0);
    sandbox.run(&["teardown"]).code(0);
}

#[test]
fn a_process_that_dies_is_named_with_its_last_words() {
    let sandbox = sandbox(18531);
    sandbox.write("page.txt", "die: no database here\n");
    sandbox
        .run(&["up"])
        .code(1)
        .says("web ended with exit status 1 within ")
        .says("no database here");
    sandbox
        .run(&["logs", "web"])
        .code(0)
        .prints("no database here");
}

fn pid(sandbox: &Sandbox) -> String {
    let status = sandbox.run(&["status", "--format", "json"]).code(0).json();
    status["steps"][0]["facts"]["pid"]
        .as_str()
        .unwrap()
        .to_string()
}
