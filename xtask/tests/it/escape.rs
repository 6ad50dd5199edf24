//! Processes that leave the group, the session and even the environment of the step that started
//! them, and are found all the same.

use std::path::Path;

use crate::sandbox::{Sandbox, send, until};

/// A step that leaves one process in a session of its own and one that has also given up its
/// environment; each notes its id.
fn sandbox() -> Sandbox {
    let text = "[[step]]\nid='a'\nkind='command'\ntimeout='2s'\nwith={argv=['sh','leave.sh']}\n\
        [[step]]\nid='b'\nkind='command'\nwith={argv=['true']}\n";
    let leave = "note='echo $$ > $0.new; mv $0.new $0; exec sleep 60'
setsid sh -c \"$note\" session >/dev/null 2>&1 </dev/null &
env -i PATH=\"$PATH\" setsid sh -c \"$note\" environment >/dev/null 2>&1 </dev/null &
sleep 60
";
    Sandbox::new().pipeline(text).file("leave.sh", leave)
}

/// Whether those that left live.
fn live(sandbox: &Sandbox) -> [bool; 2] {
    ["session", "environment"].map(|name| {
        let pid = sandbox.read(name);
        Path::new("/proc").join(pid.trim()).join("exe").exists() && !pid.is_empty()
    })
}

/// Where no cgroup can be made, whoever gives up both its session and its environment is gone for
/// good.
fn can_enclose() -> bool {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let (mounts, own) = (read("/proc/self/mounts"), read("/proc/self/cgroup"));
    let mut mounts = mounts
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>());
    let mount = mounts.find(|fields| fields.get(2) == Some(&"cgroup2"));
    let own = own.lines().find_map(|line| line.strip_prefix("0::/"));
    let can = mount.zip(own).is_some_and(|(mount, own)| {
        let home = Path::new(mount[1]).join(own);
        let probe = home.join(format!("probe-{}", std::process::id()));
        let is_container = own.is_empty() && home.join("cgroup.type").exists();
        let is_free = || std::fs::create_dir(&probe).is_ok() && std::fs::remove_dir(&probe).is_ok();
        !is_container && is_free()
    });
    if !can {
        eprintln!("SKIPPED in part: no cgroup can be made here, so one way out stays open");
    }
    can
}

/// Of those that left, only the one that nobody could follow may live.
#[track_caller]
fn nobody_is_left(sandbox: &Sandbox) {
    let [session, environment] = live(sandbox);
    assert!(!session, "it left its session only");
    assert!(!environment || !can_enclose(), "it left its cgroup");
}

fn has_left(sandbox: &Sandbox) {
    until("both have left", || live(sandbox) == [true, true]);
}

#[test]
fn a_step_that_took_too_long_leaves_nobody() {
    let sandbox = sandbox();
    sandbox
        .run(&["run", "a"])
        .code(1)
        .says("did not end within");
    assert!(sandbox.has("session") && sandbox.has("environment"));
    nobody_is_left(&sandbox);
}

#[test]
fn an_interrupted_run_leaves_nobody() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let sandbox = sandbox();
        let mut run = sandbox.start(&["run", "a"]);
        has_left(&sandbox);
        send(signal, run.id());
        assert_eq!(run.wait().unwrap().code(), Some(code));
        nobody_is_left(&sandbox);
    }
}

#[test]
fn a_killed_run_is_followed_by_one_that_leaves_nobody() {
    let sandbox = sandbox();
    let mut run = sandbox.start(&["run", "a"]);
    has_left(&sandbox);
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(live(&sandbox), [true, true], "or this shows nothing");
    sandbox.run(&["run", "b"]).code(0).says("had left behind");
    nobody_is_left(&sandbox);
}

/// Who was left running on purpose by a step that ended well is not the next step's to end.
#[test]
fn a_step_that_took_too_long_takes_nobody_elses() {
    let text = "[[step]]\nid='serves'\nkind='command'\nwith={argv=['sh','leave.sh']}\n\
        [[step]]\nid='hangs'\nkind='command'\nneeds=['serves']\ntimeout='1s'\nwith={argv=['sleep','60']}\n";
    let leave = "setsid sh -c 'echo $$ > session; exec sleep 60' >/dev/null 2>&1 </dev/null &
while [ ! -s session ]; do sleep 0.1; done
sleep 0.1
";
    let sandbox = Sandbox::new().pipeline(text).file("leave.sh", leave);
    sandbox.run(&["run", "hangs", "-j1"]).code(1);
    let [session, _] = live(&sandbox);
    assert!(session);
    send("KILL", sandbox.read("session").trim().parse().unwrap());
}

/// What a failed attempt has left running would write over what the next one makes.
#[test]
fn what_a_failed_attempt_left_is_ended_before_the_next() {
    let text = "[[step]]\nid='a'\nkind='command'\nretry={attempts=2,backoff='10ms'}\nwith={argv=['sh','leave.sh']}\n";
    let leave = "[ -e first ] && exit
touch first
setsid sh -c 'echo $$ > session.new; mv session.new session; exec sleep 60' >/dev/null 2>&1 </dev/null &
until [ -e session ]; do sleep 0.02; done
exit 1
";
    let sandbox = Sandbox::new().pipeline(text).file("leave.sh", leave);
    sandbox.run(&["run", "a"]).code(0).says("after 2 attempts");
    assert!(!live(&sandbox)[0]);
}
