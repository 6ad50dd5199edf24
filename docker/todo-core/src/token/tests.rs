//! Tokens that must be refused, made by hand, as an attacker would.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "a secret of at least thirty-two characters";

/// A token of this header and these claims, signed with `secret`.
fn forged(header: &Value, claims: &Value, secret: &str) -> String {
    let body = format!("{}.{}", part(header), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, body.as_bytes());
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn header() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

fn claims() -> Value {
    let now = jsonwebtoken::get_current_timestamp();
    json!({"sub": Uuid::nil(), "iss": PARTY, "aud": PARTY, "iat": now, "exp": now + 60, "jti": Uuid::nil()})
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    object[key] = value;
    object
}

#[test]
fn what_is_signed_is_believed() {
    let tokens = Tokens::new(SECRET);
    let user = Uuid::new_v4();
    let claims = Claims::new(user, 60);
    let token = tokens.sign(&claims);
    assert_eq!(tokens.verify(&token), Ok(claims.clone()));
    assert_eq!(claims.sub, user);
}

#[test]
fn the_forger_of_these_tests_can_make_a_good_token() {
    assert!(
        Tokens::new(SECRET)
            .verify(&forged(&header(), &claims(), SECRET))
            .is_ok()
    );
}

#[test]
fn an_expired_token_is_told_from_an_invalid_one() {
    let past = with(
        claims(),
        "exp",
        json!(jsonwebtoken::get_current_timestamp() - 1),
    );
    assert_eq!(
        Tokens::new(SECRET).verify(&forged(&header(), &past, SECRET)),
        Err(TokenError::Expired)
    );
}

#[test]
fn forgeries_are_refused() {
    let (head, body) = (header(), claims());
    let unsigned = format!(
        "{}.{}.",
        part(&with(head.clone(), "alg", json!("none"))),
        part(&body)
    );
    let good = forged(&head, &body, SECRET);
    let cases = [
        ("no algorithm", unsigned),
        (
            "no algorithm, signed",
            forged(&with(head.clone(), "alg", json!("none")), &body, SECRET),
        ),
        (
            "an RSA header over our HMAC",
            forged(&with(head.clone(), "alg", json!("RS256")), &body, SECRET),
        ),
        (
            "a longer HMAC named",
            forged(&with(head.clone(), "alg", json!("HS512")), &body, SECRET),
        ),
        (
            "an unknown key id",
            forged(
                &with(head.clone(), "kid", json!("../../dev/null")),
                &body,
                SECRET,
            ),
        ),
        (
            "another secret",
            forged(&head, &body, "another secret of thirty-two characters!"),
        ),
        (
            "another issuer",
            forged(&head, &with(body.clone(), "iss", json!("evil")), SECRET),
        ),
        (
            "another audience",
            forged(&head, &with(body.clone(), "aud", json!("evil")), SECRET),
        ),
        (
            "no expiry",
            forged(&head, &with(body.clone(), "exp", Value::Null), SECRET),
        ),
        (
            "not valid yet",
            forged(&head, &with(body.clone(), "nbf", json!(u32::MAX)), SECRET),
        ),
        (
            "a subject that is no user id",
            forged(&head, &with(body.clone(), "sub", json!("admin")), SECRET),
        ),
        ("a cut signature", good[..good.len() - 2].to_string()),
        (
            "no signature",
            good[..good.rfind('.').unwrap() + 1].to_string(),
        ),
        ("two parts", good[..good.rfind('.').unwrap()].to_string()),
        ("nothing", String::new()),
        ("a very long one", "x".repeat(LENGTH_MAX + 1)),
    ];
    for (what, token) in cases {
        assert_eq!(
            Tokens::new(SECRET).verify(&token),
            Err(TokenError::Invalid),
            "{what}"
        );
    }
}

#[test]
fn a_replaced_secret_ends_old_tokens() {
    let token =
        Tokens::new("the secret of last year, thirty-two long").sign(&Claims::new(Uuid::nil(), 60));
    assert_eq!(Tokens::new(SECRET).verify(&token), Err(TokenError::Invalid));
}
