//! Whether the backend is well, by its own account. Which of its dependencies is away is told, why
//! is not: anybody may ask.

use std::collections::BTreeMap;

use http_body_util::{BodyExt, Limited};
use serde::Deserialize;

use super::{Proxy, causes};

/// More than any report has, in bytes.
const REPORT: usize = 64 * 1024;

/// What the backend's `/health` says.
#[derive(Deserialize)]
struct Report {
    status: String,
    dependencies: BTreeMap<String, Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    state: String,
}

impl Proxy {
    /// An error unless the backend says that it works, and all that it needs.
    pub async fn backend_is_well(&self) -> Result<(), String> {
        let uri = format!("{}/health", self.backend).parse();
        let uri = uri.map_err(|_| "its address is none".to_string())?;
        let answer = self.client.get(uri).await.map_err(|why| causes(&why))?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), REPORT).collect().await;
        let body = body.map_err(|why| why.to_string())?.to_bytes();
        let report: Report =
            serde_json::from_slice(&body).map_err(|_| format!("it answered {status}"))?;
        report.is_well()
    }
}

impl Report {
    fn is_well(&self) -> Result<(), String> {
        let away = self.dependencies.iter().filter(|(_, it)| it.state != "up");
        let away: Vec<&str> = away.map(|(name, _)| name.as_str()).collect();
        match self.status.as_str() {
            "ok" => Ok(()),
            status => Err(format!(
                "it is {status}: {} does not answer",
                away.join(", ")
            )),
        }
    }
}
