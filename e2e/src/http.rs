//! Calls of the application's API, each with the answer that counts as good.

use std::time::Duration;

use reqwest::header::{ACCEPT, HOST, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// A call that takes longer has failed: a user would have given up.
const PATIENCE: Duration = Duration::from_secs(15);

/// One client of the application, with connections of its own, as a browser has them.
pub struct Api {
    http: reqwest::Client,
    site: Site,
}

/// Where the application answers.
#[derive(Debug, Clone, clap::Args)]
pub struct Site {
    /// Where the page answers, such as http://127.0.0.1:3000
    #[arg(long, value_name = "URL")]
    pub base: String,
    /// The Host header, for an ingress that is reached by its address
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
}

/// What is to be asked.
pub struct Call<'a> {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: &'a str,
    /// The session's token; empty before there is one.
    pub token: &'a str,
    /// The JSON body, if there is one.
    pub body: Option<Value>,
    /// The status of a good answer.
    pub expect: u16,
}

/// Why a call got no good answer; a sentence with the call and what came instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// 503 with `Retry-After`: an orderly "not now". Nothing was done.
    Refused(String),
    /// Anything else.
    Failed(String),
}

impl Trouble {
    /// The sentence.
    pub fn text(&self) -> &str {
        match self {
            Trouble::Refused(text) | Trouble::Failed(text) => text,
        }
    }
}

impl<'a> Call<'a> {
    /// A question.
    pub fn get(path: &'a str, token: &'a str) -> Self {
        Call {
            method: Method::GET,
            path,
            token,
            body: None,
            expect: 200,
        }
    }

    /// A deed.
    pub fn post(path: &'a str, token: &'a str, body: Value, expect: u16) -> Self {
        Call {
            method: Method::POST,
            path,
            token,
            body: Some(body),
            expect,
        }
    }
}

impl Api {
    /// Connects only when there is something to ask.
    pub fn new(site: &Site) -> Self {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .tcp_nodelay(true)
            // A kept connection may be closed just when a call is sent, such as by an ingress that
            // reads its rules anew because somebody else's have changed. Browsers send such a call
            // again; here each has its own.
            .pool_max_idle_per_host(0)
            .no_proxy()
            .build()
            .expect("a client without TLS can always be built");
        Api {
            http,
            site: site.clone(),
        }
    }

    /// The answer's JSON; `null` where it has none.
    pub async fn json(&self, call: Call<'_>) -> Result<Value, Trouble> {
        let text = self.text(call).await?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// The answer's body.
    pub async fn text(&self, call: Call<'_>) -> Result<String, Trouble> {
        let name = format!("{} {}", call.method, call.path);
        let broke = |error: reqwest::Error| Trouble::Failed(format!("{name}: {}", causes(&error)));
        let expect = call.expect;
        let response = self.request(call).send().await.map_err(broke)?;
        let status = response.status();
        let later = response.headers().contains_key(RETRY_AFTER);
        let text = response.text().await.map_err(broke)?;
        match status.as_u16() == expect {
            true => Ok(text),
            false => Err(not_good(&name, status, later, &text)),
        }
    }

    fn request(&self, call: Call<'_>) -> RequestBuilder {
        let url = format!("{}{}", self.site.base.trim_end_matches('/'), call.path);
        let mut request = self
            .http
            .request(call.method, url)
            .header(ACCEPT, "application/json");
        if let Some(host) = self.site.host.as_deref().filter(|host| !host.is_empty()) {
            request = request.header(HOST, host);
        }
        if !call.token.is_empty() {
            request = request.bearer_auth(call.token);
        }
        match &call.body {
            Some(body) => request.json(body),
            None => request,
        }
    }
}

fn not_good(name: &str, status: StatusCode, later: bool, body: &str) -> Trouble {
    let start: String = body.chars().take(200).collect();
    let text = format!(
        "{name} was answered with {}: {}",
        status.as_u16(),
        start.trim()
    );
    match (status, later) {
        (StatusCode::SERVICE_UNAVAILABLE, true) => Trouble::Refused(text),
        _ => Trouble::Failed(text),
    }
}

/// An error with what caused it.
pub fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_503_that_says_when_is_a_refusal() {
        let of =
            |status, later| not_good("GET /", StatusCode::from_u16(status).unwrap(), later, " x ");
        assert_eq!(
            of(503, true),
            Trouble::Refused("GET / was answered with 503: x".into())
        );
        assert_eq!(
            of(503, false),
            Trouble::Failed("GET / was answered with 503: x".into())
        );
        assert_eq!(
            of(502, true),
            Trouble::Failed("GET / was answered with 502: x".into())
        );
    }
}
