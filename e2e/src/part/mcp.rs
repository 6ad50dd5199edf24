//! `mcp`: the five tools over the Model Context Protocol, on behalf of a user whose list shows what
//! they do.

use std::process::Stdio;

use anyhow::{Context, Result, anyhow, ensure};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::cluster::{Cluster, name};
use crate::http::{Api, Call, Site, causes};

/// The tools there must be.
const TOOLS: [&str; 5] = [
    "add_task",
    "complete_task",
    "delete_task",
    "list_tasks",
    "update_task",
];

/// What is asked for.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    site: Site,
    /// Where the MCP server answers; in a cluster it is reached by a port-forward instead
    #[arg(long, value_name = "URL", required_unless_present = "context")]
    mcp: Option<String>,
    /// The kubeconfig context
    #[arg(long)]
    context: Option<String>,
    /// The namespace
    #[arg(long, default_value = "todo-chatbot")]
    namespace: String,
    /// The release
    #[arg(long, default_value = "todo-chatbot")]
    release: String,
    /// Let the stranger have the user's own token, to see that it is noticed
    #[arg(long)]
    one_user: bool,
}

/// Plays one user.
pub async fn run(options: &Options) -> Result<()> {
    let Options {
        namespace, release, ..
    } = options;
    let (url, _forward) = match (&options.mcp, &options.context) {
        (Some(url), _) => (url.clone(), None),
        (None, Some(context)) => {
            let (context, namespace, release) =
                (context.clone(), namespace.clone(), release.clone());
            let (url, child) = forward(&Cluster {
                context,
                namespace,
                release,
            })
            .await?;
            (url, Some(child))
        }
        (None, None) => unreachable!("clap asks for one of them"),
    };
    let api = Api::new(&options.site);
    let one = sign_up(&api).await?;
    let other = match options.one_user {
        true => one.clone(),
        false => sign_up(&api).await?,
    };
    let mine = Tools {
        http: reqwest::Client::new(),
        url: url.clone(),
        token: one.clone(),
    };
    let theirs = Tools {
        http: reqwest::Client::new(),
        url: url.clone(),
        token: other,
    };
    let nobody = Tools {
        http: reqwest::Client::new(),
        url,
        token: "nobody".into(),
    };
    same_tools(&mine).await?;
    life_of_a_task(&api, &one, &mine, &theirs).await?;
    ensure!(
        nobody.ask("tools/list", json!({})).await?.0 == StatusCode::UNAUTHORIZED,
        "a token that nobody issued is let in"
    );
    println!(
        "{} tools do for their user what they say, and nothing for anybody else",
        TOOLS.len()
    );
    Ok(())
}

async fn sign_up(api: &Api) -> Result<String> {
    let email = format!("mcp-{:016x}@example.com", fastrand::u64(..));
    let form = json!({ "name": "MCP", "email": email, "password": "a long enough password" });
    let answer = api
        .json(Call::post("/api/auth/signup", "", form, 201))
        .await
        .map_err(|it| anyhow!(it.text().to_string()))?;
    answer["token"]
        .as_str()
        .map(String::from)
        .context("the sign-up told no token")
}

/// Reaches the server's Service from this machine; the cluster lets nobody else in.
async fn forward(cluster: &Cluster) -> Result<(String, Child)> {
    let service = cluster.one("services", "mcp-server").await?;
    let service = format!("service/{}", name(&service));
    let mut child = Command::new("kubectl")
        .args([
            "--context",
            &cluster.context,
            "-n",
            &cluster.namespace,
            "port-forward",
            &service,
            ":8001",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .context("kubectl can't be started")?;
    let mut lines = BufReader::new(child.stdout.take().context("kubectl has no output")?).lines();
    let first = lines
        .next_line()
        .await?
        .context("kubectl forwards no port")?;
    let port = first
        .split("127.0.0.1:")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    let port = port.with_context(|| format!("kubectl told no port: {first}"))?;
    // Kept reading, or kubectl would stop at a full pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((format!("http://127.0.0.1:{port}/mcp"), child))
}

/// One user's tools.
struct Tools {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Tools {
    async fn ask(&self, method: &str, params: Value) -> Result<(StatusCode, Value)> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = self
            .http
            .post(&self.url)
            .bearer_auth(&self.token)
            .json(&body);
        let sent = request
            .header("accept", "application/json, text/event-stream")
            .send()
            .await;
        let response = sent.map_err(|error| anyhow!("{method}: {}", causes(&error)))?;
        let status = response.status();
        let text = response.text().await?;
        // Either one JSON object, or server-sent events of which one holds it.
        let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
        let found = std::iter::once(text.as_str())
            .chain(data)
            .find_map(|text| serde_json::from_str(text).ok());
        Ok((status, found.unwrap_or(Value::String(text))))
    }

    async fn call(&self, name: &str, arguments: Value) -> Result<Value> {
        let (status, answer) = self
            .ask(
                "tools/call",
                json!({ "name": name, "arguments": arguments }),
            )
            .await?;
        ensure!(
            status.is_success(),
            "{name} was answered with {status}: {answer}"
        );
        Ok(answer["result"].clone())
    }
}

async fn same_tools(tools: &Tools) -> Result<()> {
    let (status, answer) = tools.ask("tools/list", json!({})).await?;
    let list = answer["result"]["tools"]
        .as_array()
        .with_context(|| format!("tools/list was answered with {status}: {answer}"))?;
    let mut names: Vec<&str> = list
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    names.sort_unstable();
    let lacking = TOOLS.iter().find(|tool| !names.contains(tool));
    ensure!(
        lacking.is_none(),
        "the tools are {names:?}, and {} is not among them",
        lacking.unwrap_or(&"")
    );
    Ok(())
}

async fn life_of_a_task(api: &Api, token: &str, mine: &Tools, theirs: &Tools) -> Result<()> {
    let added = mine
        .call("add_task", json!({ "title": "water the plants" }))
        .await?;
    let id = added["structuredContent"]["task"]["id"].clone();
    ensure!(
        listed(api, token).await?.contains("water the plants"),
        "what add_task made is not in the list: {added}"
    );
    let stolen = theirs.call("delete_task", json!({ "id": id })).await?;
    ensure!(
        stolen["isError"] == true,
        "another user's tool deleted the task: {stolen}"
    );
    mine.call(
        "update_task",
        json!({ "id": id, "title": "water all plants" }),
    )
    .await?;
    mine.call("complete_task", json!({ "id": id })).await?;
    let seen = mine.call("list_tasks", json!({})).await?.to_string();
    ensure!(
        seen.contains("water all plants"),
        "list_tasks does not tell of the changed task: {seen}"
    );
    ensure!(
        listed(api, token).await?.contains("\"done\":true"),
        "what complete_task ticked off is not done"
    );
    mine.call("delete_task", json!({ "id": id })).await?;
    ensure!(
        !listed(api, token).await?.contains("water"),
        "what delete_task deleted is still there"
    );
    Ok(())
}

async fn listed(api: &Api, token: &str) -> Result<String> {
    let text = api.text(Call::get("/api/tasks", token)).await;
    text.map_err(|trouble| anyhow!(trouble.text().to_string()))
}
