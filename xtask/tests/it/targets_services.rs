//! Services of one name that several targets have.

use crate::sandbox::{Sandbox, a_port};
use crate::services::{goals, plain, sandbox};

/// Its step is not gone: this target only has none of it.
#[test]
fn a_service_of_another_target_is_left_alone() {
    let other = plain("web", a_port()).replace("timeout", "when={target=['local']}\ntimeout");
    let here = "[[step]]\nid='c'\nkind='command'\nwith={argv=['true']}\n";
    let sandbox = sandbox(&(goals("['web']") + &other + here));
    sandbox.run(&["up", "--target", "local"]).code(0);
    sandbox.run(&["run", "c", "--target", "minikube"]).code(0);
    sandbox
        .run(&["teardown", "--target", "local"])
        .code(0)
        .says("1 removed");
}

#[test]
fn a_service_that_another_target_started_is_not_replaced_silently() {
    let text = "[targets]\nalpha={auto=[]}\nbeta={auto=[]}\n[[step]]\nid='web'\nkind='process'\n\
                with={name='web',argv=['sleep','605']}\ntarget.beta.with.argv=['sleep','606']\n";
    let sandbox = Sandbox::new().pipeline(text);
    sandbox.run(&["run", "web", "--target", "alpha"]).code(0);
    let replaced = sandbox.run(&["run", "web", "--target", "beta"]).code(0);
    let replaced = replaced.says("ends the service web (process ");
    replaced.says("that of target alpha");
    let again = sandbox.run(&["run", "web", "--target", "beta", "--force"]);
    assert!(!again.code(0).stderr.contains("ends the service"));
}

#[test]
fn teardown_leaves_the_service_of_another_target() {
    for other in ["", "target.beta.with.argv=['sleep','608']\n"] {
        let text = format!(
            "[goals]\nup=['web']\nteardown={{undo='up'}}\n\
             [targets]\nalpha={{auto=[]}}\nbeta={{auto=[]}}\n[[step]]\nid='web'\nkind='process'\n\
             with={{name='web',argv=['sleep','607']}}\n{other}"
        );
        let sandbox = Sandbox::new().pipeline(&text);
        sandbox.run(&["up", "--target", "alpha"]).code(0);
        let whose = "the service web (process ";
        let plan = sandbox.run(&["teardown", "--dry-run", "--target", "beta"]);
        plan.code(0).prints(whose).prints("nothing to remove");
        let beta = sandbox.run(&["teardown", "--target", "beta"]).code(0);
        beta.says(whose).says("it is that of target alpha");
        let status = sandbox.run(&["status", "--target", "alpha"]).code(0);
        status.prints("everything stands");
        sandbox
            .run(&["teardown", "--target", "alpha"])
            .code(0)
            .says("1 removed");
    }
}

#[test]
fn what_the_service_of_another_target_needs_is_left_with_it() {
    let text = goals("['web']")
        + "[targets]\nalpha={auto=[]}\nbeta={auto=[]}\n\
                [[step]]\nid='data'\nkind='folder'\nwith={path='data'}\n\
                [[step]]\nid='web'\nkind='process'\nneeds=['data']\nwith={name='web',argv=['sleep','610']}\n";
    let sandbox = Sandbox::new().pipeline(&text);
    sandbox.run(&["up", "--target", "alpha"]).code(0);
    sandbox.run(&["run", "data", "--target", "beta"]).code(0);
    let beta = sandbox.run(&["teardown", "--target", "beta", "-v"]).code(0);
    beta.says("kept: web, which still runs, needs it");
    assert!(sandbox.has("data"));
    sandbox.run(&["teardown", "--target", "alpha"]).code(0);
    assert!(!sandbox.has("data"));
}

/// Nobody could say its target any more.
#[test]
fn the_service_of_a_target_that_is_gone_is_ended() {
    let text = goals("['web']")
        + "[targets]\nalpha={auto=[]}\n\
                [[step]]\nid='web'\nkind='process'\nwith={name='web',argv=['sleep','611']}\n";
    let sandbox = Sandbox::new().pipeline(&text);
    sandbox.run(&["up", "--target", "alpha"]).code(0);
    let sandbox = sandbox.pipeline(&text.replace("alpha", "gamma"));
    let teardown = sandbox.run(&["teardown", "--target", "gamma"]).code(0);
    teardown.says("ended the service web (process ");
    sandbox
        .run(&["status", "--target", "gamma"])
        .code(0)
        .prints("missing  web");
}
