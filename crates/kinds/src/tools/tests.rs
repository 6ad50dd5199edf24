use super::*;
use crate::testing::{context, said};

const NODE: &str = "node = { least = '20', version = ['node', '--version'], install = 'get it' }";

fn parse(tools: &str) -> Result<Tools, toml::de::Error> {
    toml::from_str(&format!("tools = {{ {tools} }}"))
}

/// What is found of a program that is there and prints this.
fn assessed(tools: &str, prints: &str) -> Result<String, String> {
    let found = Answer::Found("/bin/x".to_string(), "file".to_string());
    let answers = [found, said(prints), Answer::Machine(8, 1 << 40, 1 << 40)];
    match parse(tools).unwrap().assess(&context(), &answers) {
        Effect::Present(says, _) => Ok(says),
        Effect::Broken(failure) => Err(format!("{}: {}", failure.cause, failure.fix.unwrap())),
        _ => unreachable!("tools are there or not"),
    }
}

#[test]
fn any_program_is_asked_as_the_pipeline_says() {
    let argv = |tools: &str| {
        Tool::new("x", parse(tools).unwrap().tools.values().next().unwrap())
            .version
            .argv
    };
    assert_eq!(argv(NODE), ["node", "--version"]);
    assert_eq!(assessed(NODE, "v22.4.1\n").unwrap(), "node 22.4.1");
    let old = assessed(NODE, "v18.19.0").unwrap_err();
    assert_eq!(
        old,
        "node 18.19.0 at /bin/x is too old, 20 is the oldest that will do: get it"
    );
}

#[test]
fn what_the_pipeline_says_wins_over_what_is_known() {
    let old = assessed("helm = { least = '3.19', install = 'ask me' }", "v3.14.0").unwrap_err();
    assert!(
        old.ends_with("3.19 is the oldest that will do: ask me"),
        "{old}"
    );
    assert!(assessed("helm = ''", "v3.14.0").is_ok());
}

#[test]
fn a_program_that_nobody_knows_must_say_how_it_is_asked() {
    let error = |tools: &str| parse(tools).err().unwrap().to_string();
    assert!(error("node = '20'").contains("node = { least = \"1.0\", version = [\"node\""));
    assert!(error("helm = 3").contains("the oldest version as a text"));
}
