//! The protocol's side of the server: what it is, which tools and prompts it has. Holds nothing
//! between two requests.

use std::sync::Arc;

use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CustomRequest, CustomResult, ErrorCode,
    GetPromptRequestParams, GetPromptResponse, Implementation, ListPromptsResult, ListToolsResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities,
    ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use todo_core::store::Store;

use crate::metrics::Calls;
use crate::{prompts, tools};

const INSTRUCTIONS: &str = "These tools keep one user's to-do list: the caller's own, known by the session token. \
    Tasks are named by id; call list_tasks to learn the ids, first task first. Dates are YYYY-MM-DD. \
    Ask the user before deleting more than one task.";

/// The methods that it has once a client has begun; `initialize` belongs to clients of older
/// protocols, for whom rmcp answers it.
const METHODS: [&str; 6] = [
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/read",
    "tools/call",
    "tools/list",
];

/// Answers protocol requests; cheap to clone, one clone per request.
#[derive(Clone)]
pub struct TodoServer {
    /// The database.
    pub store: Arc<dyn Store>,
    /// What is counted.
    pub calls: Calls,
    router: Arc<ToolRouter<Self>>,
}

impl TodoServer {
    /// A server with the task tools.
    pub fn new(store: Arc<dyn Store>, calls: Calls) -> Self {
        Self {
            store,
            calls,
            router: Arc::new(tools::router()),
        }
    }

    fn unknown_tool(&self, name: &str) -> ErrorData {
        let known: Vec<_> = self
            .router
            .list_all()
            .into_iter()
            .map(|tool| tool.name)
            .collect();
        ErrorData::invalid_params(
            format!(
                "there is no tool `{name}`; the tools are {}",
                known.join(", ")
            ),
            None,
        )
    }
}

impl ServerHandler for TodoServer {
    fn get_info(&self) -> ServerConfig {
        let us = Implementation::new("todo-mcp-server", env!("CARGO_PKG_VERSION"))
            .with_title("Todo chatbot tasks");
        ServerConfig::new(
            ServerCapabilities::builder()
                .enable_tools()
                .enable_prompts()
                .build(),
        )
        .with_server_info(us)
        .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.router.list_all()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if !self.router.has_route(&request.name) {
            return Err(self.unknown_tool(&request.name));
        }
        self.router
            .call(ToolCallContext::new(self, request, context))
            .await
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::list()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        prompts::get(&request.name).map(Into::into)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = Some(serde_json::json!({ "uri": request.uri }));
        Err(ErrorData::invalid_params(
            "this server has no resources; call list_tasks",
            uri,
        ))
    }

    /// What the library could not read as one of its methods: one that there is was asked with
    /// parameters that it does not take.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let method = request.method;
        Err(match METHODS.contains(&method.as_str()) {
            true => ErrorData::invalid_params(
                format!("`{method}` does not take these parameters"),
                None,
            ),
            false => ErrorData::new(
                ErrorCode::METHOD_NOT_FOUND,
                format!("there is no method `{method}`"),
                None,
            ),
        })
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.router.get(name).cloned()
    }
}
