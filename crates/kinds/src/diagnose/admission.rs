//! Pods that the cluster refuses to create.

use alloc::string::{String, ToString};

use serde_json::Value;

use super::objects::{component, condition, name, object, text};
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Pods that are refused",
    causes: &[
        QUOTA,
        POD_SECURITY,
        LIMIT_RANGE,
        WEBHOOK_DOWN,
        WEBHOOK,
        ACCOUNT,
        NO_ACCOUNT,
        OTHER,
        EARLIER,
    ],
};

const QUOTA: Cause = Cause {
    id: "quota",
    signs: "no pods, `FailedCreate` with `exceeded quota`",
    says: "may not create its pod: the namespace's quota {name} is used up",
    fix: "raise the quota (`kubectl edit resourcequota {name}`), or lower the requests in {value}",
    step: "rollout",
    value: "{component}.resources",
    heals: Heals::Never,
    find: |evidence| {
        refused(evidence, |message| {
            let quota = message.split_once("exceeded quota: ")?.1;
            let quota = quota.split(',').next().unwrap_or(quota);
            still_limits(evidence, quota, message).then(|| quota.to_string())
        })
    },
};

const POD_SECURITY: Cause = Cause {
    id: "pod-security",
    signs: "no pods, `FailedCreate` with `violates PodSecurity`",
    says: "may not create its pod: it does not fit the namespace's Pod Security Standard {name}",
    fix: "make the pod fit it (the message lists the fields), or ask less of the namespace: `kubectl label namespace {space} --overwrite pod-security.kubernetes.io/enforce=baseline`",
    step: "namespace",
    value: "global.volumePermissions",
    heals: Heals::Never,
    find: |evidence| {
        refused(evidence, |message| {
            let level = message.split_once("violates PodSecurity \"")?.1;
            let level = level.split([':', '"']).next().unwrap_or(level);
            still_enforces(evidence, level).then(|| level.to_string())
        })
    },
};

const LIMIT_RANGE: Cause = Cause {
    id: "limit-range",
    signs: "no pods, `FailedCreate` with `maximum … usage per Container` or `minimum …`",
    says: "may not create its pod: the namespace's LimitRange {name} forbids its resources",
    fix: "change the LimitRange (`kubectl edit limitrange {name}`), or {value}",
    step: "rollout",
    value: "{component}.resources",
    heals: Heals::Never,
    find: |evidence| {
        refused(evidence, |message| {
            let words = ["usage per ", "limit to request ratio per "];
            let limits = words.iter().any(|word| message.contains(word));
            let ranges = evidence.names("LimitRange");
            (limits && !ranges.is_empty()).then_some(ranges)
        })
    },
};

const WEBHOOK_DOWN: Cause = Cause {
    id: "webhook-unreachable",
    signs: "`failed calling webhook \"…\"`",
    says: "may not be created: the webhook {name}, which has to agree, does not answer",
    fix: "see that what it belongs to runs (`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations` names its service), or remove its configuration",
    step: "release",
    value: "",
    heals: Heals::Within(30),
    find: |evidence| {
        refused(evidence, |message| {
            quoted(message, "failed calling webhook \"").filter(|name| still_asks(evidence, name))
        })
    },
};

const WEBHOOK: Cause = Cause {
    id: "webhook-refuses",
    signs: "`admission webhook \"…\" denied the request`",
    says: "may not be created: the webhook {name} refuses it",
    fix: "change what the message names, or ask whoever runs that webhook",
    step: "release",
    value: "",
    heals: Heals::Within(5),
    find: |evidence| {
        refused(evidence, |message| {
            quoted(message, "admission webhook \"").filter(|name| still_asks(evidence, name))
        })
    },
};

const ACCOUNT: Cause = Cause {
    id: "service-account",
    signs: "no pods, `FailedCreate` with `error looking up service account`",
    says: "may not create its pod: its service account {name} does not exist",
    fix: "`cargo xtask up --force=release` makes it again",
    step: "release",
    value: "",
    heals: Heals::Within(5),
    find: |evidence| lacks_account(evidence, true),
};

const NO_ACCOUNT: Cause = Cause {
    id: "chart-service-account",
    signs: "the same, and the chart makes no such account",
    says: "may not create its pod: its service account {name} does not exist, and the chart does not make it",
    fix: "correct `serviceAccountName` in the chart, or create the account",
    step: "release",
    value: "serviceAccount.create",
    heals: Heals::Within(5),
    find: |evidence| lacks_account(evidence, false),
};

fn lacks_account(evidence: &Evidence, by_chart: bool) -> Option<Found> {
    refused(evidence, |message| {
        let account = message.split_once("looking up service account ")?.1;
        let account = account.split(':').next().unwrap_or(account);
        let here = account.rsplit('/').next().unwrap_or(account);
        let is_made = !evidence.knows_chart() || evidence.wanted("ServiceAccount", here).is_some();
        (is_made == by_chart && still_lacks(evidence, account)).then(|| account.to_string())
    })
}

const OTHER: Cause = Cause {
    id: "pod-refused",
    signs: "no pods, `FailedCreate` with other words",
    says: "may not create its pod",
    fix: "change what the message names",
    step: "rollout",
    value: "",
    heals: Heals::Within(30),
    find: |evidence| {
        let refuses =
            |message: &str| message.contains("forbidden") || message.contains("is invalid");
        refused(evidence, |message| {
            (refuses(message) && !is_looked_into(message)).then(String::new)
        })
    },
};

const EARLIER: Cause = Cause {
    id: "pod-refused-earlier",
    signs: "no pods, `FailedCreate` for a reason that is gone",
    says: "was refused its pod for a reason that is gone, and has not tried again yet",
    fix: "it tries again by itself, later each time; at once if its pods are made anew: `kubectl rollout restart deployment`",
    step: "rollout",
    value: "",
    heals: Heals::Within(180),
    find: |evidence| {
        refused(evidence, |message| {
            is_looked_into(message).then(String::new)
        })
    },
};

/// What the first ones look into themselves: if they do not call it the cause, it is past.
fn is_looked_into(message: &str) -> bool {
    let known = [
        "exceeded quota",
        "violates PodSecurity",
        "usage per ",
        "failed calling webhook",
        "admission webhook",
        "looking up service account",
    ];
    known.iter().any(|word| message.contains(word))
}

/// A controller that lacks pods since their creation was refused, for a reason in which a name is
/// found.
fn refused(evidence: &Evidence, named: impl Fn(&str) -> Option<String>) -> Option<Found> {
    let kinds = ["ReplicaSet", "StatefulSet", "Job"];
    let mut controllers = kinds.into_iter().flat_map(|kind| evidence.all(kind));
    controllers.find_map(|item| {
        let (message, since) = refusal(evidence, item)?;
        let name = named(message)?;
        let component = component(item);
        let space = text(&item["metadata"]["namespace"]);
        let found = Found::at(object(item))
            .word("name", name)
            .word("space", space);
        Some(
            found
                .word("component", component)
                .seen([message])
                .lasting(evidence.since(since)),
        )
    })
}

/// What was last said to a controller that lacks pods, and since when.
fn refusal<'a>(evidence: &Evidence<'a>, item: &'a Value) -> Option<(&'a str, &'a str)> {
    if let Some(failure) = condition(item, "ReplicaFailure") {
        let says = failure["status"] == "True";
        return says.then(|| {
            (
                text(&failure["message"]),
                text(&failure["lastTransitionTime"]),
            )
        });
    }
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let status = &item["status"];
    let wanted = match item["kind"] == "Job" {
        true => 1,
        false => item["spec"]["replicas"].as_u64().unwrap_or(1),
    };
    let there = ["replicas", "active", "succeeded"].map(|key| count(&status[key]));
    let event = evidence.event(name(item), &["FailedCreate", "SuccessfulCreate"])?;
    let lacks = there.into_iter().all(|there| there < wanted);
    (lacks && event.reason() == "FailedCreate").then(|| (event.message(), event.first()))
}

/// Whether a quota still says what it said: `limited: cpu=1`.
fn still_limits(evidence: &Evidence, name: &str, message: &str) -> bool {
    let Some((_, limited)) = message.split_once("limited: ") else {
        return true;
    };
    let mut quotas = evidence.all("ResourceQuota");
    let quota = quotas.find(|quota| quota["metadata"]["name"] == *name);
    let holds = |quota: &Value| {
        let mut pairs = limited.split(',').filter_map(|pair| pair.split_once('='));
        pairs.all(|(resource, limit)| quota["spec"]["hard"][resource] == *limit)
    };
    quota.is_some_and(holds)
}

/// Whether the namespace still enforces that standard; yes as long as nobody has looked.
fn still_enforces(evidence: &Evidence, level: &str) -> bool {
    let mut namespaces = evidence.all("Namespace");
    let enforces =
        |space: &Value| space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == *level;
    namespaces.next().is_none_or(enforces)
}

/// Whether a webhook is still asked; yes as long as nobody has looked.
fn still_asks(evidence: &Evidence, name: &str) -> bool {
    let kinds = [
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
    ];
    let mut hooks = kinds.into_iter().flat_map(|kind| evidence.all(kind));
    let asks = |item: &Value| {
        let mut hooks = item["webhooks"].as_array().into_iter().flatten();
        hooks.any(|hook| hook["name"] == *name)
    };
    // Whoever may list the nodes may list these too.
    !evidence.knows("Node") || hooks.any(asks)
}

/// Whether a service account, `namespace/name`, is still not there.
fn still_lacks(evidence: &Evidence, account: &str) -> bool {
    let account = account.rsplit('/').next();
    let mut accounts = evidence.all("ServiceAccount");
    !accounts.any(|item| Some(name(item)) == account)
}

fn quoted(message: &str, before: &str) -> Option<String> {
    let (_, rest) = message.split_once(before)?;
    rest.split('"').next().map(str::to_string)
}
