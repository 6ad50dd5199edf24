//! One pool of places for steps and for what their tools start.

use crate::sandbox::{Sandbox, skipped};

/// Speaks the client's side of the protocol in both its forms: one piece of work at a time needs no
/// token, each further one takes one if there is one.
const CLIENT: &str = r#"
auth=${MAKEFLAGS##*--jobserver-auth=}
case $auth in
  fifo:*) exec 8<"${auth#fifo:}" 9>"${auth#fifo:}" ;;
  *) exec 8<"/proc/self/fd/${auth%%,*}" 9>"/proc/self/fd/${auth##*,}" ;;
esac
token() { dd iflag=nonblock bs=1 count="$1" <&8 2>&-; }
work() { echo begin >> order; sleep 0.3; echo end >> order; }
extra() { work; printf %s "$1" >&9; }
"#;

const FOUR_PIECES: &str = r#"
for piece in 1 2 3 4; do
  one=$(token 1)
  if [ -n "$one" ]; then extra "$one" & else work; fi
done
wait
"#;

fn client() -> String {
    [CLIENT, FOUR_PIECES].concat()
}

/// The most that ran at once, as they noted it themselves.
fn busiest(order: &str) -> i64 {
    let mut now = 0;
    let step = |line: &str| {
        now += if line == "begin" { 1 } else { -1 };
        now
    };
    order.lines().map(step).max().unwrap_or(0)
}

fn steps(count: usize, argv: &str) -> String {
    let ids: Vec<String> = (0..count).map(|n| format!("s{n}")).collect();
    let step = |id: &String| format!("[[step]]\nid='{id}'\nkind='command'\nwith={{argv={argv}}}\n");
    let steps: String = ids.iter().map(step).collect();
    format!("[goals]\nall={ids:?}\n{steps}")
}

#[track_caller]
fn keeps_to(sandbox: &Sandbox, jobs: i64, begun: usize) {
    sandbox.write("order", "");
    let flag = format!("-j{jobs}");
    sandbox.run(&["run", "all", "--force", &flag]).code(0);
    let order = sandbox.read("order");
    assert_eq!(
        order.lines().filter(|line| *line == "begin").count(),
        begun,
        "all of them must have had their turn"
    );
    assert_eq!(busiest(&order), jobs, "with -j{jobs}");
}

#[test]
fn steps_and_their_children_share_the_places() {
    let sandbox = Sandbox::new()
        .pipeline(&steps(3, "['sh','client']"))
        .file("client", &client());
    for jobs in [1, 2, 4] {
        keeps_to(&sandbox, jobs, 12);
    }
}

/// Without a make, or with one that is new enough, children open the pool by its path.
#[test]
fn a_new_make_is_told_a_path_and_an_old_one_open_ends() {
    for (version, form) in [("4.4.1", "--jobserver-auth=fifo:/"), ("4.3", ",")] {
        let sandbox = Sandbox::new()
            .pipeline(&steps(2, "['sh','client']"))
            .tool("make", &format!("echo 'GNU Make {version}'"))
            .tool("dd", "exec /usr/bin/dd \"$@\"")
            .file(
                "client",
                &format!("{}echo \"$MAKEFLAGS\" > told\n", client()),
            );
        keeps_to(&sandbox, 3, 8);
        assert!(
            sandbox.read("told").contains(form),
            "{}",
            sandbox.read("told")
        );
    }
}

#[test]
fn what_a_killed_child_held_is_there_for_the_next_step() {
    let text = "[pools]\none=1\n\
                [[step]]\nid='greedy'\nkind='command'\npool='one'\ntimeout='1s'\nwith={argv=['sh','take-all']}\n\
                [[step]]\nid='next'\nkind='command'\npool='one'\nwith={argv=['sh','client']}\n";
    let sandbox = Sandbox::new()
        .pipeline(text)
        .file("client", &client())
        .file("take-all", &format!("{CLIENT}token 3 > had; sleep 60\n"));
    sandbox
        .run(&["run", "-k", "-j4", "greedy", "next"])
        .code(1)
        .says("did not end within 1.0 s");
    assert_eq!(sandbox.read("had"), "+++");
    assert_eq!(busiest(&sandbox.read("order")), 4);
}

#[test]
fn a_step_may_have_flags_of_its_own() {
    let text = "[[step]]\nid='a'\nkind='command'\nenv={MAKEFLAGS='-s'}\nwith={argv=['sh','-c','echo \"$MAKEFLAGS\" > told']}\n";
    let sandbox = Sandbox::new().pipeline(text);
    sandbox.run(&["run", "a"]).code(0);
    assert_eq!(sandbox.read("told"), "-s\n");
}

/// The real make of this machine, whichever it is, started without `-j` by two steps.
#[test]
fn the_real_make_keeps_to_the_places() {
    if std::process::Command::new("make")
        .arg("-v")
        .output()
        .is_err()
    {
        return skipped("the test of the real make", "`make` is not on PATH");
    }
    let rule = "\t@echo begin >> order; sleep 0.1; echo end >> order\n";
    let makefile = format!("all: a b c d\na b c d:\n{rule}");
    let sandbox = Sandbox::new()
        .pipeline(&steps(2, "['make']"))
        .file("Makefile", &makefile);
    for jobs in [1, 3] {
        keeps_to(&sandbox, jobs, 8);
    }
}
