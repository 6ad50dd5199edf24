//! What a message looks like from outside (JSON-RPC 2.0): what is none is refused with the code
//! that the standard has for it, before anybody looks into it.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Json, http};
use rmcp::model::ErrorCode;
use serde_json::{Value, json};

/// Middleware: lets a POST pass only with a message in it. Bodies of more than `most` bytes are
/// left to whoever reads them.
pub async fn layer(request: Request, next: Next, most: usize) -> Response {
    let is_small = |headers: &http::HeaderMap| {
        let length = headers.get(http::header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        length.is_some_and(|length: usize| length <= most)
    };
    if request.method() != Method::POST || !is_small(request.headers()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, most).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match check(&bytes) {
        Ok(()) => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Err(refusal) => (StatusCode::BAD_REQUEST, Json(refusal)).into_response(),
    }
}

/// The answer to what is no message.
fn check(bytes: &[u8]) -> Result<(), Value> {
    let message: Value = serde_json::from_slice(bytes).map_err(|err| {
        refusal(
            &Value::Null,
            ErrorCode::PARSE_ERROR,
            &format!("this is no JSON: {err}"),
        )
    })?;
    let is_id = |id: &Value| id.is_string() || id.is_i64() || id.is_u64();
    let has = |key: &str| message.get(key).is_some();
    let why = match &message {
        Value::Array(_) => "send one message at a time: this protocol has no batches",
        Value::Object(_) if message["jsonrpc"] != "2.0" => "`jsonrpc` must be \"2.0\"",
        Value::Object(_) if has("id") && !is_id(&message["id"]) => {
            "`id` must be a text or a whole number"
        }
        Value::Object(_) if has("method") && !message["method"].is_string() => {
            "`method` must be a text"
        }
        Value::Object(_) if has("params") && !message["params"].is_object() => {
            "`params` must be an object"
        }
        Value::Object(_) if !has("method") && !has("result") && !has("error") => {
            "there is no `method`"
        }
        Value::Object(_) => return Ok(()),
        _ => "a message is an object",
    };
    let id = message
        .get("id")
        .filter(|id| is_id(id))
        .unwrap_or(&Value::Null);
    Err(refusal(id, ErrorCode::INVALID_REQUEST, why))
}

fn refusal(id: &Value, code: ErrorCode, why: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code.0, "message": why}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_refused_with_its_code() {
        for (text, code, id) in [
            ("", -32700, json!(null)),
            ("{", -32700, json!(null)),
            ("not json", -32700, json!(null)),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"ping""#,
                -32700,
                json!(null),
            ),
            ("[]", -32600, json!(null)),
            ("5", -32600, json!(null)),
            ("{}", -32600, json!(null)),
            (r#"{"id":7,"method":"ping"}"#, -32600, json!(7)),
            (
                r#"{"jsonrpc":"1.0","id":"a","method":"ping"}"#,
                -32600,
                json!("a"),
            ),
            (r#"{"jsonrpc":"2.0","id":8}"#, -32600, json!(8)),
            (r#"{"jsonrpc":"2.0","id":9,"method":5}"#, -32600, json!(9)),
            (
                r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
                -32600,
                json!(null),
            ),
            (
                r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
                -32600,
                json!(null),
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#,
                -32600,
                json!(1),
            ),
        ] {
            let refusal = check(text.as_bytes()).unwrap_err();
            assert_eq!(refusal["error"]["code"], code, "{text}");
            assert_eq!(refusal["id"], id, "{text}");
        }
    }

    #[test]
    fn messages_pass() {
        for text in [
            r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"x"}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        ] {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
    }
}
