//! Callers that are slow on purpose.

use crate::slow_callers;
use crate::stage::Stage;

const LOGIN: &str = "/api/auth/login";

#[tokio::test]
async fn slow_callers_are_let_go() {
    let stage = Stage::start(&[]).await;
    let answer = slow_callers::are_let_go(stage.port, LOGIN).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains(r#""code":"too_slow""#), "{answer}");
}

#[tokio::test]
async fn slow_callers_do_not_hold_up_the_end() {
    let mut stage = Stage::start(&[]).await;
    slow_callers::do_not_hold_up_the_end(stage.port, LOGIN, &mut stage.child).await;
    assert!(stage.log().lines().last().unwrap().contains("closed"));
}
