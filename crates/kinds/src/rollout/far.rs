//! The workloads of a release in other namespaces than its own: asked for one by one, and judged by
//! what they say of themselves.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde_json::Value;

use super::unready::unready;
use crate::diagnose::{Evidence, object};
use crate::singly::{Asked, placed};
use protocol::Answer;

/// Those that the chart has, and what was answered of them.
pub(super) struct Far<'a> {
    wanted: Vec<&'a Value>,
    asked: Asked,
}

impl<'a> Far<'a> {
    pub(super) fn new(wanted: Vec<&'a Value>, answer: Option<&Answer>) -> Far<'a> {
        Far {
            wanted,
            asked: Asked::from(answer),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// How many are known to be there.
    pub(super) fn count(&self) -> usize {
        let found = self.wanted.iter().filter_map(|item| self.asked.find(item));
        found.count()
    }

    /// What they lack.
    pub(super) fn lacks(&self) -> impl Iterator<Item = String> {
        let known = self.wanted.iter().filter(|item| self.asked.is_known(item));
        known.filter_map(|item| {
            let lacks = match self.asked.find(item) {
                Some(found) => unready(found, &Evidence::read([found]))?,
                None => format!("{} is not there", object(item)),
            };
            Some(lacks.replacen(&object(item), &placed(item), 1))
        })
    }
}

impl fmt::Display for Far<'_> {
    /// Those of which nothing is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unknown = self.wanted.iter().filter(|item| !self.asked.is_known(item));
        for item in unknown {
            write!(f, ", not looked at {}", placed(item))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{failed, said};
    use alloc::string::ToString;
    use serde_json::json;

    #[test]
    fn what_is_elsewhere_says_what_it_lacks() {
        let deployment = |ready: u8| {
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "far", "namespace": "other"},
                "spec": {"replicas": 1}, "status": {"replicas": 1, "readyReplicas": ready, "updatedReplicas": 1}})
        };
        let wanted = deployment(0);
        let told = |answer: Option<Answer>| {
            let far = Far::new(vec![&wanted], answer.as_ref());
            let lacks: Vec<String> = far.lacks().collect();
            (far.count(), lacks.join(", "), far.to_string())
        };
        let of = |ready: u8| told(Some(said(&deployment(ready).to_string())));
        assert_eq!(of(1), (1, String::new(), String::new()));
        let lacks = "deployment/far in other has 0 of 1 ready".to_string();
        assert_eq!(of(0), (1, lacks, String::new()));
        let gone = "deployment/far in other is not there".to_string();
        assert_eq!(told(Some(said(""))), (0, gone, String::new()));
        let unknown = ", not looked at deployment/far in other".to_string();
        for silent in [None, Some(failed("forbidden"))] {
            assert_eq!(told(silent), (0, String::new(), unknown.clone()));
        }
    }
}
