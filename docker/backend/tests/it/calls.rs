//! The program's other subcommands, and how it refuses what is wrong.

use std::process::{Command, Output};

use crate::servers;
use crate::stage::{Stage, program};

fn output(command: &mut Command) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    (
        status.code(),
        String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned(),
    )
}

#[test]
fn a_wrong_call_or_environment_is_one_sentence_and_code_2() {
    let unset = |name: &str| {
        let mut command = program();
        command
            .env("DATABASE_URL", "sqlite::memory:")
            .env_remove(name);
        command
    };
    let with = |name: &str, value: &str| {
        let mut command = unset("");
        command.env(name, value);
        command
    };
    for (mut command, expected) in [
        (
            unset("DATABASE_URL"),
            "backend: DATABASE_URL is not set: it must hold",
        ),
        (
            unset("BETTER_AUTH_SECRET"),
            "backend: BETTER_AUTH_SECRET is not set: it must hold",
        ),
        (
            with("BETTER_AUTH_SECRET", "hunter2"),
            "backend: BETTER_AUTH_SECRET has 7 characters: it needs at least 32.",
        ),
        (
            with("PORT", "http"),
            "backend: PORT is `http`, which cannot be used:",
        ),
        (
            with("REDIS_URL", "http://x"),
            "backend: REDIS_URL is not a redis address:",
        ),
        (
            with("DATABASE_URL", "mysql://u:hunter2@x"),
            "backend: DATABASE_URL must begin with",
        ),
        (
            with("LOG_LEVEL", "a=b=c"),
            "backend: LOG_LEVEL is `a=b=c`, which cannot be used:",
        ),
        (
            with("AUTO_MIGRATE", "yes"),
            "backend: AUTO_MIGRATE is `yes`, which cannot be used:",
        ),
    ] {
        let (code, text) = output(&mut command);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.starts_with(expected), "{text}");
        assert!(
            !text.contains("hunter2") && text.trim_end().lines().count() == 1,
            "{text}"
        );
    }
    let (code, text) = output(program().arg("dance"));
    assert_eq!(
        (code, text.contains("usage: backend")),
        (Some(2), true),
        "{text}"
    );
}

#[tokio::test]
async fn healthcheck_and_probe() {
    let stage = Stage::start(&[]).await;
    let port = stage.port.to_string();
    assert_eq!(
        output(program().arg("healthcheck").env("PORT", &port)),
        (Some(0), String::new())
    );
    let url = format!("http://127.0.0.1:{port}/health");
    assert_eq!(
        output(program().args(["probe", &url, &url])),
        (Some(0), String::new())
    );
    let (code, text) =
        output(program().args(["probe", &url, &format!("http://127.0.0.1:{port}/nothing")]));
    assert_eq!(code, Some(1));
    assert!(
        text.contains("/nothing answered 404, expected 2xx"),
        "{text}"
    );
    let (code, text) = output(
        program()
            .arg("healthcheck")
            .env("PORT", servers::free_port().to_string()),
    );
    assert_eq!(code, Some(1));
    assert!(text.contains("did not answer within 5s"), "{text}");
}

#[tokio::test]
async fn postgres_is_migrated_by_its_own_command() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let url = server.postgres_url();
    let stage = Stage::start_unready(&[("DATABASE_URL", &url)]).await;
    let answer = stage.get("/readyz").await;
    answer.is_error(503, "unavailable");
    assert!(
        answer
            .text("/error/message")
            .contains("run `backend migrate`"),
        "{answer:?}"
    );
    assert_eq!(
        output(program().arg("migrate").env("DATABASE_URL", &url)).0,
        Some(0)
    );
    stage.until("/readyz", 200).await;
    stage.user().await;
}

#[tokio::test]
async fn migrate_waits_for_a_database_that_comes_up_later() {
    let Some(mut server) = servers::postgres() else {
        return;
    };
    server.stop();
    let url = server.postgres_url();
    let mut command = program();
    let child = command
        .arg("migrate")
        .env("DATABASE_URL", &url)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    server.start();
    assert!(child.wait_with_output().unwrap().status.success());
    Stage::start(&[("DATABASE_URL", &url)]).await;
}
