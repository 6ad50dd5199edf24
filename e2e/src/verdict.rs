//! Whether a load went as it must, and what was lost.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use tokio::time::sleep;

use crate::http::{Api, Site, Trouble};
use crate::ledger::Account;
use crate::load::Outcome;
use crate::tally::Mishap;

/// No more kinds of trouble than this are told.
const KINDS: usize = 12;
/// After the load a service that was broken on purpose gets this long to answer again.
const RECOVERY: Duration = Duration::from_secs(60);

impl Outcome {
    /// The table, and below it what went wrong, by how it was answered.
    pub fn tell(&self) {
        println!("{}", self.tally.table(self.lasted));
        let mut kinds: BTreeMap<String, (usize, &Mishap)> = BTreeMap::new();
        for mishap in &self.tally.mishaps {
            kinds
                .entry(kind(mishap.trouble.text()))
                .or_insert((0, mishap))
                .0 += 1;
        }
        for (kind, (count, first)) in kinds.iter().take(KINDS) {
            println!("{count} times from {:.1} s on: {kind}", self.seconds(first));
        }
    }

    fn seconds(&self, mishap: &Mishap) -> f64 {
        mishap
            .at
            .saturating_duration_since(self.began)
            .as_secs_f64()
    }

    /// Not one call failed or was refused.
    pub fn without_fault(&self) -> Result<()> {
        self.excused(&[])
    }

    /// Not one call failed, and calls were refused only within these spans of time.
    pub fn excused(&self, outages: &[(Instant, Instant)]) -> Result<()> {
        let within = |at: Instant| outages.iter().any(|(from, to)| (*from..=*to).contains(&at));
        let wrong = |mishap: &&Mishap| match mishap.trouble {
            Trouble::Failed(_) => true,
            Trouble::Refused(_) => !within(mishap.at),
        };
        let wrong: Vec<&Mishap> = self.tally.mishaps.iter().filter(wrong).collect();
        if let Some(first) = wrong.first() {
            bail!(
                "{} of {} calls went wrong, the first {:.1} s after the start: {}",
                wrong.len(),
                self.tally.total().count(),
                self.seconds(first),
                first.trouble.text()
            );
        }
        Ok(())
    }

    /// The share of calls that counts was as fast as it must be.
    pub fn fast(&self, p95: Duration) -> Result<()> {
        let took = self.tally.total().quantile(0.95);
        let limit = p95.as_secs_f64() * 1000.0;
        ensure!(
            took <= limit,
            "p95 of all calls is {took:.1} ms, which is over the budget of {limit:.1} ms"
        );
        Ok(())
    }

    /// Every task that was acknowledged is there, as it was acknowledged. Returns how many were.
    pub async fn nothing_lost(&self, site: &Site) -> Result<usize> {
        nothing_lost(&self.accounts, site).await
    }
}

/// A sentence without the ids that make each different: the task's in the path, the request's in
/// the answer.
fn kind(text: &str) -> String {
    let text = text.split("\"request_id\"").next().unwrap_or(text);
    let is_id = |word: &&str| word.len() == 36 && word.matches('-').count() == 4;
    let shown = |word| if is_id(&word) { "{id}" } else { word };
    let words = text
        .split(' ')
        .map(|word| word.split('/').map(shown).collect::<Vec<_>>().join("/"));
    words.collect::<Vec<_>>().join(" ")
}

/// The same for accounts of a load that ended earlier.
pub async fn nothing_lost(accounts: &[Account], site: &Site) -> Result<usize> {
    let began = Instant::now();
    let api = Api::new(site);
    let mut losses = Vec::new();
    for account in accounts {
        losses.extend(patiently(account, &api, began).await?);
    }
    let acknowledged: usize = accounts
        .iter()
        .map(|account| account.ledger.acknowledged)
        .sum();
    if let Some(first) = losses.first() {
        bail!(
            "{} of {acknowledged} acknowledged tasks are lost or wrong: {first}",
            losses.len()
        );
    }
    ensure!(
        acknowledged > 0,
        "not one task was acknowledged, so nothing is proven about losses"
    );
    println!(
        "all {acknowledged} acknowledged tasks of {} users are as they were acknowledged",
        accounts.len()
    );
    Ok(acknowledged)
}

async fn patiently(account: &Account, api: &Api, began: Instant) -> Result<Vec<String>> {
    loop {
        match account.losses(api).await {
            Ok(losses) => return Ok(losses),
            Err(trouble) if began.elapsed() > RECOVERY => {
                bail!(
                    "the tasks of {} can't be counted: {}",
                    account.email,
                    trouble.text()
                )
            }
            Err(_) => sleep(Duration::from_millis(500)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_differ_by_an_id_are_of_one_kind() {
        let text = "DELETE /api/tasks/01a2152c-f08a-742f-bb0c-2694e9fdc4f2 was answered with 503: {\"request_id\":\"x\"}";
        assert_eq!(
            kind(text),
            "DELETE /api/tasks/{id} was answered with 503: {"
        );
    }
}
