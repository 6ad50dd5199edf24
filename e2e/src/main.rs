//! What `test-e2e` tries on a deployment, a part for each subcommand. Ends with 0 if the part holds
//! what it promises; otherwise the last line says what it does not.

mod cluster;
mod http;
mod ledger;
mod left_out;
mod load;
mod part;
mod replicas;
mod scratch;
mod series;
mod tally;
mod user;
mod verdict;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use left_out::LeftOut;

/// Tries what the deployed application promises.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    /// Many users at once: no call fails, nothing acknowledged is lost
    Load(part::load::Options),
    /// The five tools of the MCP server
    Mcp(part::mcp::Options),
    /// Services on this machine ended with kill -9 under load: nothing acknowledged is lost
    Crash(part::crash::Options),
    /// Replicas rise under load and fall after it
    Scaling(part::scaling::Options),
    /// What the databases hold survives their pods, upgrades and the release
    Persistence(part::persistence::Options),
    /// Bad releases are noticed by their cause, and rolled back while the service goes on
    Rollback(part::rollback::Options),
    /// Restricted pods, secrets in their place, an ingress that shows only what it must
    Security(part::security::Options),
    /// Who can connect to whom, tried from pods of our own
    Network(part::network::Options),
    /// Pods deleted, rolled over and drained under load: no call fails, nothing acknowledged is
    /// lost
    Resilience(part::resilience::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().part {
        Part::Load(options) => part::load::run(&options).await,
        Part::Mcp(options) => part::mcp::run(&options).await,
        Part::Crash(options) => part::crash::run(&options).await,
        Part::Scaling(options) => part::scaling::run(&options).await,
        Part::Persistence(options) => part::persistence::run(&options).await,
        Part::Rollback(options) => part::rollback::run(&options).await,
        Part::Security(options) => part::security::run(&options).await,
        Part::Network(options) => part::network::run(&options).await,
        Part::Resilience(options) => part::resilience::run(&options).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            match error.is::<LeftOut>() {
                true => ExitCode::from(left_out::STATUS),
                false => ExitCode::FAILURE,
            }
        }
    }
}
