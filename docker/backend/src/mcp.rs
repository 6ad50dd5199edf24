//! The backend's side of the Model Context Protocol: the brain's tools, called on behalf of one
//! user.
//!
//! Stateless (revision 2026-07-28): no session outlives a turn and any replica may answer any call.
//! All turns share one pool of connections.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{HeaderName, HeaderValue};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, Implementation,
    ProtocolVersion,
};
use rmcp::service::{ClientInitializeError, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::{
    AuthRequiredError, StreamableHttpClientTransportConfig,
};
use rmcp::{ClientLifecycleMode, ClientServiceExt, RoleClient, ServiceError};
use serde_json::{Value, json};
use todo_core::request_id;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::brain::{ToolOutcome, ToolSpec, Tools, ToolsError};
use crate::outbound;

/// How long one exchange with the server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The MCP server; cheap to clone.
#[derive(Clone)]
pub struct McpServer {
    http: reqwest::Client,
    url: Arc<str>,
}

impl McpServer {
    /// The server at `url`; does not connect yet.
    pub fn new(url: &str) -> Result<Self, String> {
        Ok(Self {
            http: outbound::client()?,
            url: url.into(),
        })
    }

    /// The tools of the user whose session token this is; calls are logged there under
    /// `request_id`.
    pub fn for_user(&self, token: &str, request_id: &str) -> Arc<dyn Tools> {
        Arc::new(UserTools {
            server: self.clone(),
            token: token.to_owned(),
            request_id: request_id.to_owned(),
            link: OnceCell::new(),
        })
    }
}

type Link = RunningService<RoleClient, ClientConfig>;

/// One user's tools for one turn; the server is asked only when a tool is needed.
struct UserTools {
    server: McpServer,
    token: String,
    request_id: String,
    link: OnceCell<Link>,
}

#[async_trait]
impl Tools for UserTools {
    async fn call(&self, name: &str, arguments: Value) -> Result<ToolOutcome, ToolsError> {
        let mut request = CallToolRequestParams::new(name.to_owned());
        if let Value::Object(arguments) = arguments {
            request = request.with_arguments(arguments);
        }
        let link = self.link().await?;
        match in_time(link.call_tool(request)).await? {
            Ok(result) => Ok(outcome(result)),
            // The protocol's own refusal, such as an unknown tool: the brain can do better next
            // time.
            Err(ServiceError::McpError(error)) => Ok(ToolOutcome {
                result: json!({ "error": error.message }),
                is_error: true,
            }),
            Err(error) => Err(self.explain(&error)),
        }
    }

    async fn list(&self) -> Result<Vec<ToolSpec>, ToolsError> {
        let link = self.link().await?;
        let tools = in_time(link.list_all_tools())
            .await?
            .map_err(|error| self.explain(&error))?;
        Ok(tools.into_iter().map(spec).collect())
    }
}

impl UserTools {
    async fn link(&self) -> Result<&Link, ToolsError> {
        self.link.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> Result<Link, ToolsError> {
        let settings = StreamableHttpClientTransportConfig::with_uri(self.server.url.clone())
            .auth_header(self.token.clone())
            .custom_headers(self.headers());
        let transport =
            StreamableHttpClientTransport::with_client(self.server.http.clone(), settings);
        let us = Implementation::new("todo-backend", env!("CARGO_PKG_VERSION"));
        let lifecycle = ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        };
        let client = ClientConfig::new(ClientCapabilities::default(), us)
            .serve_with_lifecycle(transport, lifecycle);
        in_time(client)
            .await?
            .map_err(|error| self.explain_start(&error))
    }

    fn headers(&self) -> HashMap<HeaderName, HeaderValue> {
        let id = HeaderValue::from_str(&self.request_id)
            .ok()
            .filter(|id| !id.is_empty());
        id.map(|id| (request_id::HEADER, id)).into_iter().collect()
    }

    /// Why the exchange could not begin.
    fn explain_start(&self, error: &ClientInitializeError) -> ToolsError {
        if error.auth_challenge().is_some() {
            return ToolsError::Unauthorized;
        }
        self.unreachable(error)
    }

    /// Why a call got no answer.
    fn explain(&self, error: &ServiceError) -> ToolsError {
        match error {
            ServiceError::TransportSend(transport) if is_unauthorized(&*transport.error) => {
                ToolsError::Unauthorized
            }
            error => self.unreachable(error),
        }
    }

    /// The user reads where it failed, the log says how.
    fn unreachable(&self, error: &dyn Error) -> ToolsError {
        tracing::warn!(url = &*self.server.url, %error, "the MCP server could not be used");
        ToolsError::Unreachable(format!("no usable answer from {}", self.server.url))
    }
}

fn is_unauthorized(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |cause| (*cause).source())
        .any(|cause| cause.is::<AuthRequiredError>())
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, ToolsError> {
    let late = |_| ToolsError::Unreachable(format!("no answer within {} s", PATIENCE.as_secs()));
    timeout(PATIENCE, work).await.map_err(late)
}

fn outcome(result: CallToolResult) -> ToolOutcome {
    let is_error = result.is_error == Some(true);
    let text = || {
        result
            .content
            .iter()
            .filter_map(|block| block.as_text())
            .map(|text| text.text.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let result = match &result.structured_content {
        _ if is_error => json!({ "error": text() }),
        Some(structured) => structured.clone(),
        None => json!({ "text": text() }),
    };
    ToolOutcome { result, is_error }
}

fn spec(tool: rmcp::model::Tool) -> ToolSpec {
    ToolSpec {
        input_schema: tool.schema_as_json_value(),
        description: tool.description.map(String::from).unwrap_or_default(),
        name: tool.name.into_owned(),
    }
}
