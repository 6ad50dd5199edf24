//! What keeps a pipeline short: targets as data, values per target, `each`, groups, defaults,
//! values of any type.

use super::*;
use crate::vars::text_of;

const TARGETS: &str = "[targets]
near = { auto = ['cc'] }
far = { argument = true }
away = ['far']
";

fn on(target: &str, text: &str) -> Result<Pipeline, ConfigError> {
    let text = format!("{HEAD}{text}");
    Pipeline::parse(source(&text), |targets, _| {
        let target = targets.given(target).map_err(ConfigError)?;
        Ok(Choices {
            target,
            ..choices()
        })
    })
}

fn ids(pipeline: &Pipeline) -> Vec<&str> {
    pipeline.steps.iter().map(|step| &*step.id).collect()
}

/// A key of a step's `with` as text.
fn key(pipeline: &Pipeline, id: &str, key: &str) -> String {
    let with = pipeline.find(id).unwrap().with.get_ref();
    match &with
        .get(key)
        .unwrap_or_else(|| panic!("{id} has no {key}"))
        .get_ref()
    {
        DeValue::Array(items) => {
            let texts = items.iter().map(|item| text_of(item.get_ref()).unwrap());
            texts.collect::<Vec<_>>().join(" ")
        }
        scalar => text_of(scalar).unwrap(),
    }
}

#[test]
fn targets_are_what_the_file_declares() {
    let pipeline = on("far:lab", TARGETS).unwrap();
    assert_eq!(pipeline.text("context").as_deref(), Some("lab"));
    let refused = |target| on(target, TARGETS).err().unwrap().0;
    assert!(refused("local").contains("unknown target `local`; there are auto, near, far:NAME"));
    assert!(refused("far").contains("needs a name"));
    let wrong = |text: &str| on("near", &format!("{TARGETS}{text}")).err().unwrap().0;
    assert!(
        wrong("more = ['nere']\n")
            .contains("the group `more` has the unknown target `nere` (did you mean `near`?)")
    );
    assert!(wrong("odd = { speed = 1 }\n").contains("unknown field `speed`"));
    assert!(wrong("[target.elsewhere]\na = 1\n").contains("unknown target `elsewhere`"));
}

#[test]
fn a_step_says_other_things_on_other_targets() {
    let text = format!(
        "{TARGETS}[target.near]\nword = 'here'\n[target.away]\nword = 'there'\n\
         [[step]]\nid = 'a'\nkind = 'command'\ntimeout = '1m'\nwith = {{ argv = ['${{word}}'], cwd = '.' }}\n\
         target.away = {{ timeout = '2m', with = {{ argv = ['ssh', '${{context}}'] }} }}\n"
    );
    let (near, far) = (on("near", &text).unwrap(), on("far:lab", &text).unwrap());
    assert_eq!(key(&near, "a", "argv"), "here");
    assert_eq!(
        (key(&far, "a", "argv"), key(&far, "a", "cwd")),
        ("ssh lab".into(), ".".into())
    );
    assert_eq!(far.steps[0].timeout, Some(Duration::from_secs(120)));
    // What is wrong for one target is told on all.
    let wrong = text.replace("'2m'", "'2 parsecs'");
    assert!(
        on("near", &wrong)
            .err()
            .unwrap()
            .0
            .contains("16:27: `2 parsecs` is no duration")
    );
}

#[test]
fn each_item_makes_a_step() {
    let text = "[vars]\nparts = ['a', 'b']\nshared = ['x/*', 'y/*']\n\
        [[step]]\neach = '${parts}'\nid = 'make-${each}'\nkind = 'process'\ninputs = ['${...shared}', '${each}/*']\n\
        with = { name = '${each}', argv = ['./${each}'], port = 80 }\n\
        [[step]]\neach = [{ name = 'a', wait = 1 }, { name = 'b', wait = 2 }]\nid = 'use-${each.name}'\nkind = 'command'\n\
        timeout = '${each.wait}m'\nwith = { argv = ['${make-${each.name}.port}'] }\n";
    let pipeline = on("local", text).unwrap();
    assert_eq!(ids(&pipeline), ["make-a", "make-b", "use-a", "use-b"]);
    assert_eq!(pipeline.steps[1].inputs, ["x/*", "y/*", "b/*"]);
    assert_eq!(pipeline.steps[3].timeout, Some(Duration::from_secs(120)));
    assert_eq!(pipeline.steps[3].givers, [Arc::from("make-b")]);
    let spread = text.replace("each = '${parts}'", "each = ['${...parts}']");
    assert_eq!(ids(&on("local", &spread).unwrap()), ids(&pipeline));
    let wrong = text.replace("id = 'make-${each}'", "id = 'make'");
    assert!(
        on("local", &wrong)
            .err()
            .unwrap()
            .0
            .contains("each item of `each` makes a step `make`")
    );
}

#[test]
fn steps_of_a_group_share_its_keys() {
    let text = "[[group]]\nkind = 'command'\ntimeout = '1m'\nwith = { cwd = 'in' }\nstep = [\n\
        { id = 'a', with = { argv = ['x'] } },\n\
        { id = 'b', timeout = '2m', with = { argv = ['y'], cwd = 'out' } },\n]\n";
    let pipeline = on("local", text).unwrap();
    assert_eq!(
        (key(&pipeline, "a", "cwd"), key(&pipeline, "b", "cwd")),
        ("in".into(), "out".into())
    );
    assert_eq!(pipeline.steps[0].timeout, Some(Duration::from_secs(60)));
    assert!(
        on("local", &text.replace("cwd = 'out'", "cwd = 3"))
            .err()
            .unwrap()
            .0
            .contains("9:58: invalid type")
    );
}

#[test]
fn defaults_are_for_kinds_that_need_them() {
    let text = "[defaults]\ncontext = 'c'\nnamespace = 'n'\nrelease = 'r'\n\
        [[step]]\nid = 'a'\nkind = 'rollout'\nwith = { release = 'mine' }\n\
        [[step]]\nid = 'b'\nkind = 'command'\nwith = { argv = ['x'] }\n";
    let pipeline = on("local", text).unwrap();
    assert_eq!(
        ["context", "namespace", "release"].map(|name| key(&pipeline, "a", name)),
        ["c", "n", "mine"]
    );
    assert!(pipeline.steps[1].with.get_ref().get("context").is_none());
}

#[test]
fn values_are_read_as_what_is_wanted() {
    let text = "[vars]\nport = 80\nmany = '3'\nall = { name = 'p', argv = ['x', '${port}'], port = '${port}' }\n\
        [[step]]\nid = 'p'\nkind = 'process'\nwith = '${all}'\n\
        [[step]]\nid = 'c'\nkind = 'process'\nweight = 2\nwith = { name = 'c', argv = ['x'], port = '${p.port}' }\n\
        [[step]]\nid = 'd'\nkind = 'process'\nwith = { name = 'd', argv = ['x'], port = '${many}' }\n";
    let pipeline = on("local", text).unwrap();
    assert_eq!(
        (key(&pipeline, "p", "argv"), key(&pipeline, "p", "port")),
        ("x 80".into(), "80".into())
    );
    let refused = |from: &str, to: &str| on("local", &text.replace(from, to)).err().unwrap().0;
    assert!(
        refused("many = '3'", "many = 'three'").contains("19:43: invalid type: string \"three\"")
    );
    // A fact may be anything, and what is wrong elsewhere is told all the same.
    assert!(
        refused("port = '${p.port}' }", "port = '${p.port}', prot = 1 }")
            .contains("15:56: unknown field `prot`")
    );
}

#[test]
fn the_engines_own_names_are_its_own() {
    for name in ["target", "context", "profile", "state", "root", "name"] {
        let err = on("local", &format!("[vars]\n{name} = 'x'\n"))
            .err()
            .unwrap()
            .0;
        assert!(
            err.contains(&format!(
                "pipeline.toml:4:1: `{name}` is a variable that xtask sets itself"
            )),
            "{err}"
        );
        let set = vec![(name.to_string(), "x".to_string())];
        let err = Pipeline::parse(source(HEAD), |_, _| Ok(Choices { set, ..choices() }))
            .err()
            .unwrap()
            .0;
        assert!(err.contains(&format!("--set {name}: ")), "{err}");
    }
}

#[test]
fn old_names_of_keys_are_still_read() {
    for (kind, with) in [
        ("context", "context = 'c', images = 'registry'"),
        (
            "image-build",
            "image = 'a', version = '1', dockerfile = 'Dockerfile', images = 'host'",
        ),
        (
            "image-load",
            "images = ['a:1'], via = 'registry', profile = 'p'",
        ),
        (
            "addon",
            "profile = 'p', addon = 'a', namespace = 'n', answers = [['true']]",
        ),
        (
            "http-flow",
            "base = 'http://x', requests = [{ name = 'n', call = 'GET /', lacks = ['x'] }]",
        ),
    ] {
        let step = format!("[[step]]\nid = 'a'\nkind = '{kind}'\nwith = {{ {with} }}\n");
        let read = on("local", &step);
        assert!(read.is_ok(), "{kind}: {}", read.err().unwrap());
    }
}

#[test]
fn a_profile_is_one_of_those_declared() {
    let choosing = |declared: &str, profile: &str| {
        let text = format!("{HEAD}{declared}");
        let profile = profile.to_string();
        Pipeline::parse(source(&text), |_, _| {
            Ok(Choices {
                profile,
                ..choices()
            })
        })
    };
    let with = |profile| choosing("profiles = ['small', 'large']\n", profile);
    assert!(choosing("", "local").is_ok());
    let none = choosing("", "zz").err().unwrap().0;
    assert!(none.contains("declares no profiles; list them"), "{none}");
    assert_eq!(with("").unwrap().text("profile").as_deref(), Some("small"));
    assert!(
        with("lage")
            .err()
            .unwrap()
            .0
            .contains("no such profile (did you mean `large`?)")
    );
}

#[test]
fn an_id_may_stand_for_another_step_on_another_profile_or_system() {
    let step = |when: &str| {
        format!(
            "[[step]]\nid = 'a'\nkind = 'command'\nwhen = {{ {when} }}\nwith = {{ argv = ['x'] }}\n"
        )
    };
    let both = |one: &str, other: &str| {
        let steps = format!(
            "profiles = ['small', 'large']\n{}{}",
            step(one),
            step(other)
        );
        on("local", &steps).map(|pipeline| ids(&pipeline).len())
    };
    let here = std::env::consts::OS;
    let small_here = format!("profile = ['small'], os = ['{here}']");
    assert_eq!(
        both("profile = ['small']", "profile = ['large']").unwrap(),
        1
    );
    assert_eq!(
        both(&small_here, "profile = ['small'], os = ['windows']").unwrap(),
        1
    );
    for other in ["", "profile = ['small']", "os = ['linux', 'macos']"] {
        let refused = both(&small_here, other).err().unwrap().0;
        assert!(
            refused.contains("the id `a` is taken"),
            "{other}: {refused}"
        );
    }
}

#[test]
fn the_processor_is_known_unless_the_file_says_otherwise() {
    let arch = |text: &str| on("local", text).unwrap().text("arch").unwrap();
    assert_eq!(arch(""), std::env::consts::ARCH);
    assert_eq!(arch("[vars]\narch = 'mine'\n"), "mine");
}

#[test]
fn what_is_given_for_a_list_is_a_list() {
    let text = format!(
        "{HEAD}[vars]\nlist = ['a']\nflag = true\ntext = 'x'\n[[step]]\nid = 's'\nkind = 'command'\nwith = {{ argv = '${{list}}' }}\nenv = {{ A = '${{flag}}', B = '${{text}}' }}\n"
    );
    let given = |name: &str, value: &str| {
        let set = vec![(name.to_string(), value.to_string())];
        Pipeline::parse(source(&text), |_, _| Ok(Choices { set, ..choices() }))
    };
    let with = |name: &str, value: &str| {
        let pipeline = given(name, value).map_err(|err| err.0)?;
        Ok::<_, String>(format!("{:?}", pipeline.steps[0].with))
    };
    let argv = with("list", "[\"b\", \"${c}\"]").unwrap();
    assert!(argv.contains("\"b\"") && argv.contains("${c}"), "{argv}");
    for (name, value, expected) in [
        (
            "list",
            "b",
            "--set list: `b` is not a list, such as [\"a\", \"b\"], which this variable is",
        ),
        ("list", "{ a = 1 }", "is not a list"),
        ("list", "[]\nmore = 1", "is not a list"),
        ("flag", "1", "--set flag: `1` is not true or false"),
    ] {
        assert!(
            with(name, value).unwrap_err().contains(expected),
            "{name} {value}"
        );
    }
    assert!(given("flag", "false").is_ok() && given("text", "[1").is_ok());
}

/// The steps of a pipeline whose variable `given` is given from outside.
fn steps_given(rest: &str, value: &str) -> Result<Pipeline, String> {
    let set = vec![("given".to_string(), value.to_string())];
    let text = format!("{HEAD}{rest}");
    Pipeline::parse(source(&text), |_, _| Ok(Choices { set, ..choices() })).map_err(|err| err.0)
}

#[test]
fn what_is_given_is_used_as_what_is_written() {
    let step = "[[step]]\nid = 's'\nkind = 'command'\n";
    let argv = |rest: &str, value: &str| {
        let pipeline = steps_given(rest, value)?;
        Ok::<_, String>(format!("{:?}", pipeline.steps[0].with))
    };
    let table = format!(
        "[vars]\ngiven = {{ key = 'v', deep = {{ er = 'x' }} }}\n{step}with = {{ argv = ['echo', '${{given.key}}', '${{given.deep.er}}'] }}\n"
    );
    let told = argv(&table, "{ key = \"w\", deep = { er = \"y\" } }").unwrap();
    assert!(told.contains("\"w\"") && told.contains("\"y\""), "{told}");
    let told = argv(&table, "{ kay = \"w\" }").unwrap_err();
    assert!(
        told.contains("`${given}` has no `key` (did you mean `kay`"),
        "{told}"
    );

    let other = format!(
        "[vars]\nreal = ['a']\ngiven = '${{real}}'\n{step}with = {{ argv = '${{given}}' }}\n"
    );
    assert!(argv(&other, "[\"b\"]").unwrap().contains("\"b\""));
    let told = argv(&other, "b").unwrap_err();
    assert!(told.contains("is not a list"), "{told}");

    let numbers = format!(
        "[vars]\ngiven = ['a']\n{step}with = {{ argv = ['echo', 'x'] }}\nneeds = '${{given}}'\n"
    );
    let told = argv(&numbers, "[1]").unwrap_err();
    assert!(!told.contains(":1:1:"), "{told}");
}

#[test]
fn what_is_given_names_nothing_where_it_is_an_item_either() {
    let rest = "[vars]\ngiven = ['a']\ntext = 'hi'\n[[step]]\nid = 's'\nkind = 'command'\neach = '${given}'\nwith = { argv = ['echo', 'got ${each}'] }\n";
    let pipeline = steps_given(rest, "[\"${text}\"]").unwrap();
    let told = format!("{:?}", pipeline.steps[0].with);
    assert!(
        told.contains("${text}") && !told.contains("got hi"),
        "{told}"
    );
}
