//! `access`: how to reach what stands. Changes nothing.

use anyhow::Result;

use super::open;
use crate::cli::Global;
use engine::plan::Plan;
use engine::target::Target;
use engine::vars::text_of;

/// Prints addresses, the hosts line and port-forwards.
pub(super) fn print(global: &Global) -> Result<u8> {
    let opened = open::open(global)?;
    let (graph, _) = open::graph(&opened.world.pipeline, &["up".to_string()])?;
    let plan = Plan::make(&opened.world, &graph, &opened.journal)?;
    let facts = |id: &str, key: &str| {
        let planned = plan
            .steps
            .iter()
            .find(|planned| &*opened.world.pipeline.steps[planned.step].id == id)?;
        planned.upstream.as_ref()?.facts.get(key).cloned()
    };
    for (name, url) in super::status::urls(&opened.world, facts) {
        println!("{name:<12} {url}");
    }
    if opened.target != Target::Local {
        cluster(&opened, facts);
    }
    Ok(0)
}

fn cluster(opened: &open::Opened, facts: impl Fn(&str, &str) -> Option<String>) {
    let var = |name: &str| {
        opened
            .world
            .pipeline
            .vars
            .get(name)
            .and_then(text_of)
            .unwrap_or_default()
    };
    if let (Some(address), Some(host)) = (facts("ingress", "address"), facts("ingress", "host")) {
        println!("\nonce, so that your browser finds {host}:");
        println!("  echo '{address} {host}' | sudo tee -a /etc/hosts");
        println!("without it:\n  curl -H 'Host: {host}' http://{address}/");
    }
    let (context, namespace, release) = (var("context"), var("namespace"), var("release"));
    println!("\npast the ingress:");
    for (service, port) in [("frontend", 3000), ("backend", 8000), ("mcp-server", 8001)] {
        println!(
            "  kubectl --context {context} -n {namespace} port-forward service/{release}-{service} {port}:{port}"
        );
    }
    if opened.target == Target::Minikube {
        println!("\nby the port of the node (profile local), and Kubernetes' own page:");
        println!("  minikube -p {context} service -n {namespace} {release}-frontend --url");
        println!("  minikube -p {context} dashboard --url");
        println!(
            "where its node can't be reached (Docker Desktop), so that the ingress answers at 127.0.0.1:"
        );
        println!("  minikube -p {context} tunnel");
    }
    println!("\nuse of resources:\n  kubectl --context {context} -n {namespace} top pods");
}
