//! What an uninstall would take with it for good: the volume claims that the chart itself makes, and
//! the data in them. Those of a StatefulSet stay.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::HelmRelease;
use super::record::Listed;
use crate::diagnose::object;
use crate::parts::is_kept;
use crate::programs::{BY_HELM, items, listing};
use protocol::{Answer, Failure, Probe, StepContext};

impl HelmRelease {
    /// Asked where a release would be uninstalled to put it right.
    pub(super) fn claims(&self) -> Probe {
        let kind = "persistentvolumeclaims";
        Probe::Run(listing(kind, &self.context, &self.namespace))
    }

    /// Why a release that never was well is not uninstalled: nobody agreed to lose data.
    pub(super) fn would_lose(
        &self,
        context: &StepContext,
        found: &Listed,
        answer: Option<&Answer>,
    ) -> Option<Failure> {
        let begins_anew = found.is_uninstalled_first() && found.status != "uninstalling";
        if !begins_anew || context.yes {
            return None;
        }
        let release = &self.release;
        let claims = self.claimed(answer);
        let takes = match claims {
            Ok(claims) if claims.is_empty() => return None,
            Ok(claims) => format!("deletes {} and the data in it", claims.join(", ")),
            Err(trouble) => format!("may delete volume claims, which can't be listed: {trouble}"),
        };
        let cause = format!(
            "the release {release} is {} and never was well: it is uninstalled before it is installed again, which {takes}",
            found.status
        );
        Some(Failure::new(cause).fix("save what you need of that, and agree with `--yes`"))
    }

    /// The claims that go with the release.
    fn claimed(&self, answer: Option<&Answer>) -> Result<Vec<String>, String> {
        let trouble = || answer.map_or(String::new(), Answer::trouble);
        let list = answer.and_then(Answer::json).ok_or_else(trouble)?;
        let goes = |item: &&serde_json::Value| {
            let release = &item["metadata"]["annotations"][BY_HELM];
            *release == *self.release && !is_kept(item)
        };
        Ok(items(&list).filter(goes).map(object).collect())
    }
}
