mod features;

use super::*;

/// A pipeline from text, for other modules' tests too.
pub fn pipeline(text: &str) -> Result<Pipeline, ConfigError> {
    Pipeline::parse(source(text), |_, _| Ok(choices()))
}

/// What a user who says nothing chooses.
pub fn choices() -> Choices {
    Choices {
        kinds: Kinds(kinds::KINDS),
        ..Choices::default()
    }
}

/// A file with this text.
pub fn source(text: &str) -> Source {
    Source::new(
        "pipeline.toml".to_string(),
        PathBuf::from("/"),
        text.to_string(),
    )
}

const HEAD: &str = "version = 1\nname = \"t\"\n";

#[track_caller]
fn refused(text: &str, expected: &str) {
    let err = pipeline(&format!("{HEAD}{text}"))
        .err()
        .expect("it must be refused")
        .0;
    assert!(
        err.contains(expected),
        "got:      {err}\nexpected: {expected}"
    );
}

const STEP: &str = "[[step]]\nid = \"a\"\nkind = \"command\"\nwith = { argv = [\"x\"] }\n";

#[test]
fn errors_name_place_cause_and_suggestion() {
    refused(
        "[[step]]\nid = \"a\"\nkind = \"comand\"\n",
        "pipeline.toml:5:8: unknown kind `comand` (did you mean `command`?)",
    );
    refused(
        "[[step]]\nid = \"a\"\nkind = \"command\"\nneed = []\n",
        "6:1: unknown field `need`, expected one of",
    );
    refused(
        "[[step]]\nid = \"a\"\nkind = \"command\"\nneed = []\n",
        "(did you mean `needs`?)",
    );
    refused(
        &format!("{STEP}needs = [\"b\"]\n"),
        "step `a` needs unknown step `b`",
    );
    refused(
        &format!("{STEP}{STEP}"),
        "8:6: the id `a` is taken by the step at pipeline.toml:3",
    );
    refused(
        "[[step]]\nid = \"a\"\nkind = \"command\"\nwith = { argv = \"x\" }\n",
        "6:17: invalid type: string \"x\", expected a list",
    );
    refused(
        "[[step]]\nid = \"a\"\nkind = \"command\"\nwith = { argv = [\"x\"], shel = 1 }\n",
        "6:24: unknown field `shel`",
    );
    refused(
        "[[step]]\nid = \"a b\"\nkind = \"command\"\n",
        "the id `a b` may have",
    );
    refused(
        "[goals]\nup = [\"z\"]\n",
        "goal `up` wants unknown step `z`",
    );
    refused(
        "[goals]\ndown = { undo = \"upp\" }\nup = []\n",
        "`upp` (did you mean `up`?) is no goal that makes anything",
    );
    refused(
        &format!("{STEP}timeout = \"5 parsecs\"\n"),
        "`5 parsecs` is no duration",
    );
    for none in [0, -1, 256, 3000] {
        refused(
            &STEP.replace(" }", &format!(", left_out = {none} }}")),
            &format!("pipeline.toml:6:35: `left_out` can't be {none}: programs that fail end"),
        );
    }
    for none in ["0s", "0ms", "0.0h", "-0s", "0.0000001ms"] {
        refused(
            &format!("{STEP}timeout = \"{none}\"\n"),
            &format!("pipeline.toml:7:11: the timeout `{none}` leaves no time at all; write"),
        );
    }
    refused(
        &format!("{STEP}when = {{ target = [\"minicube\"] }}\n"),
        "unknown target `minicube` (did you mean `minikube`?)",
    );
    refused(
        &format!("{STEP}[goals]\nup = [\"a\"]\ngone = {{ undo = [\"up\", \"a\"] }}\n"),
        "`undo` takes the name of one goal, as in `{ undo = \"up\" }`",
    );
    refused(
        &format!("{STEP}pool = \"dokcer\"\n[pools]\ndocker = 1\n"),
        "unknown pool `dokcer` (did you mean `docker`?)",
    );
    refused("[[step]\n", "pipeline.toml:3:");
    refused("nmae = \"x\"\n", "unknown field `nmae`");
    refused(
        "[[step]]\nid = \"a\"\nkind = \"command\"\nwith = { argv = [\"${nope}\"] }\n",
        "unknown variable `${nope}`",
    );
}

/// A step that is left out because of a typing error would be missed by nobody.
#[test]
fn a_step_applies_where_there_is_such_a_place() {
    for (name, hint) in [("Linux", " (did you mean `linux`?)"), ("plan9", "")] {
        refused(
            &format!("{STEP}when = {{ os = [\"{name}\"] }}\n"),
            &format!(
                "pipeline.toml:7:16: unknown system `{name}`{hint}; there are linux, macos, windows"
            ),
        );
    }
    let profiles = "profiles = [\"local\", \"prod\"]\n";
    refused(
        &format!("{profiles}{STEP}when = {{ profile = [\"prod\", \"prd\"] }}\n"),
        "8:29: unknown profile `prd` (did you mean `prod`?); there are local, prod",
    );
    refused(
        &format!("{STEP}target.minikube = {{ when = {{ os = [\"macOS\"] }} }}\n"),
        "unknown system `macOS` (did you mean `macos`?)",
    );
    refused(
        &format!("{STEP}each = [\"linux\", \"windws\"]\nwhen = {{ os = [\"${{each}}\"] }}\n")
            .replace("\"a\"", "\"a-${each}\""),
        "unknown system `windws` (did you mean `windows`?)",
    );
    refused(
        &format!("{STEP}when = {{ profile = [\"prd\"] }}\n"),
        "unknown profile `prd`; list them at the top of the file, as in `profiles = [\"local\", \"prd\"]`",
    );
}

#[test]
fn a_wrong_version_is_refused() {
    assert!(
        pipeline("version = 2\nname = \"t\"\n")
            .err()
            .unwrap()
            .0
            .contains("1:11: this xtask reads version 1, not 2")
    );
}

#[test]
fn steps_of_other_targets_are_left_out_and_their_needs_inherited() {
    let text = format!(
        "{HEAD}{STEP}[[step]]\nid = \"b\"\nkind = \"command\"\nneeds = [\"a\"]\nwhen = {{ target = [\"minikube\"] }}\nwith = {{ argv = [\"x\"] }}\n\
         [[step]]\nid = \"c\"\nkind = \"command\"\nneeds = [\"b\"]\nwith = {{ argv = [\"x\"] }}\n"
    );
    let pipeline = pipeline(&text).unwrap();
    let ids: Vec<&str> = pipeline.steps.iter().map(|step| &*step.id).collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!(pipeline.steps[1].needs, [Arc::from("a")]);
}

#[test]
fn one_id_may_serve_different_targets() {
    let step = |target: &str| format!("{STEP}when = {{ target = [\"{target}\"] }}\n");
    assert_eq!(
        pipeline(&format!("{HEAD}{}{}", step("local"), step("minikube")))
            .unwrap()
            .steps
            .len(),
        1
    );
}

#[test]
fn durations_are_read() {
    let read = |text| units::parse_duration(text).map(|time| time.as_millis());
    assert_eq!(
        [read("500ms"), read("1.5s"), read("2m"), read("1h")],
        [Some(500), Some(1500), Some(120_000), Some(3_600_000)]
    );
    assert_eq!([read("5"), read("s"), read("-1s"), read("1d")], [None; 4]);
}

/// Where nothing but a name is written, the text that it stands for is read as what is wanted.
#[test]
fn a_step_s_numbers_and_flags_may_be_variables() {
    let text = "[vars]\nn = '3'\nb = 'true'\n[[step]]\nid = 'a'\nkind = 'command'\nweight = '${n}'\nalways = '${b}'\nkeep = '${b}'\nretry = { attempts = '${n}' }\nwith = { argv = ['true'] }\n";
    let read = pipeline(&format!("{HEAD}{text}")).unwrap();
    let step = read.find("a").unwrap();
    assert_eq!((step.weight, step.retry.attempts), (3, 3));
    assert!(step.always && step.keep);
    refused(
        &text.replace("n = '3'", "n = 'x'"),
        "invalid type: string \"x\", expected a whole number",
    );
    refused(&text.replace("'${b}'", "'true'"), "expected a boolean");
}
