//! Mistakes that everybody makes in a first pipeline.toml: each is told at its place, with what was
//! meant, before anything runs.

use crate::errors::refused;
use crate::sandbox::Sandbox;

const SERVICE: &str =
    "[[step]]\nid='a'\nkind='process'\nwith={name='a',argv=['x','${self.port}']}\n";

#[track_caller]
fn all_refused(cases: &[(&str, &str)]) {
    for (text, told) in cases {
        refused(Sandbox::new().pipeline(text), &["plan", "a"], &[told]);
    }
}

#[test]
fn keys() {
    all_refused(&[
        ("[[steps]]\nid='a'\n", "(did you mean `step`?)"),
        ("[var]\nx='1'\n", "(did you mean `vars`?)"),
        (
            "[[step]]\nid='a'\nkind='command'\nwth={argv=['x']}\n",
            "(did you mean `with`?)",
        ),
        (
            "[[step]]\nid='a'\nkind='command'\nargv=['x']\n",
            "what its kind takes stands below `with`",
        ),
        (
            "[step]\nid='a'\n[step]\nid='b'\n",
            "each begins with `[[step]]`, in two brackets",
        ),
    ]);
}

#[test]
fn types() {
    all_refused(&[
        (
            "[goals]\nup='a'\n",
            "a goal is a list of steps, such as `[\"build\"]`",
        ),
        ("[urls]\nweb=3\n", "an address is a text"),
        ("[targets]\nlocal='x'\n", "expected a table, such as"),
        (
            "[[step]]\nid='a'\nkind='command'\nneeds='b'\n",
            "expected a list, in brackets at `'b'`",
        ),
        (
            "[[step]]\nid='a'\nkind='process'\nwith={name='a',argv=['x'],port=99999}\n",
            "expected a whole number from 0 to 65535",
        ),
        (
            "[[step]]\nid='a'\nkind='process'\nwith={name='a',argv=['x'],health='health'}\n",
            "it begins with `/`, as in `/health`",
        ),
        ("[vars]\nx = yes\n", "a text stands in quotes"),
        (
            "[[step]]\nid='a'\nkind='command'\neach=['x','y']\nwith={argv=['x']}\n",
            "each item of `each` makes a step `a`; put `${each}` into the id",
        ),
    ]);
}

#[test]
fn names() {
    let uses = |text: &str| {
        format!("{SERVICE}[[step]]\nid='b'\nkind='command'\nwith={{argv=['{text}']}}\n")
    };
    let url = format!("[urls]\nweb='${{a.ulr}}'\n{SERVICE}");
    let env = format!("[env]\nURL='${{a.ulr}}'\n{SERVICE}");
    let publishes = "step `a` publishes no `ulr` (did you mean `url`?); its kind, `process`, publishes pid, port, url";
    let called = |name: &str| SERVICE.replace("name='a'", &format!("name='{name}'"));
    for name in ["../../a", "/tmp/a", ".a", ""] {
        let told = format!("the name `{name}` may have up to 100 letters");
        all_refused(&[(&called(name), &told)]);
    }
    all_refused(&[
        (&uses("${a.ulr}"), publishes),
        (&url, publishes),
        (&env, publishes),
        (
            &uses("${HOME}"),
            "for the shell to fill it in, write `$${HOME}`",
        ),
        (&uses("${}"), "`${}` names nothing"),
        (&uses("${A-B}"), "write `$${A-B}`"),
        (
            &SERVICE.replace("self.port", "port"),
            "what the step itself learns or was given is `${self.port}`",
        ),
    ]);
}

/// What a shell can do with a variable.
#[test]
fn expansions_of_the_shell() {
    let names = [
        "x%.c", "#a", "1", "10", "name[@]", "a b", "!x", "x//a/b", "x^^", "x@Q", "x+a", "?", "x=y",
    ];
    for name in names {
        let text = format!("[[step]]\nid='a'\nkind='command'\nwith={{argv=['${{{name}}}']}}\n");
        let hint = format!("for the shell to fill it in, write `$${{{name}}}`");
        all_refused(&[(&text, &hint)]);
    }
    let text = "[[step]]\nid='a'\nkind='command'\nwith={argv=['${x:-a.b}']}\n";
    all_refused(&[(text, "for the shell to fill it in, write `$${x:-a.…}`")]);
}

#[test]
fn targets() {
    let step = "[[step]]\nid='a'\nkind='command'\nwhen={target=['one']}\nwith={argv=['true']}\n";
    let told = "choose one of one, two with --target, or give one `auto = []`";
    refused(
        Sandbox::new().pipeline(&format!("[targets]\none={{}}\ntwo={{}}\n{step}")),
        &["run", "a"],
        &[told],
    );
    let only = Sandbox::new().pipeline(&format!("[targets]\none={{}}\n{step}"));
    only.run(&["run", "a"])
        .code(0)
        .says("target one: there is no other");
}

#[test]
fn a_fact_of_its_own() {
    all_refused(&[(
        "[[step]]\nid='a'\nkind='command'\nwith={argv=['${a.x}']}\n",
        "step `a` names its own fact `x`, which nobody knows before it is done",
    )]);
    let sandbox = Sandbox::new().pipeline(SERVICE);
    refused(
        sandbox,
        &["logs", "b"],
        &["there is no step or service `b`"],
    );
}
