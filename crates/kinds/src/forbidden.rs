//! What the API server answers to who may not do something. Reads text; asks nothing.

use protocol::Failure;

/// How a right is told that no namespace limits.
const CLUSTER: &str = "at the cluster scope";

/// Who may not do what, from the API server's own words.
pub(crate) fn forbidden(output: &str) -> Option<Failure> {
    let line = output
        .lines()
        .find(|line| line.contains("is forbidden: User ") && line.contains(" cannot "))?;
    let user = line.split("User \"").nth(1)?.split('"').next()?;
    // Several are told one behind the other, in brackets.
    let lacks = line.split(" cannot ").nth(1)?;
    let lacks = match lacks.split_once(CLUSTER) {
        Some((lacks, _)) => format!("{lacks}{CLUSTER}"),
        None => lacks.split('"').take(6).collect(),
    };
    let lacks = lacks
        .replace('"', "")
        .replace(" resource ", " ")
        .replace(" in API group ", " of API group ");
    let lacks = lacks.replace(" of API group  ", " ");
    let cause = format!("{user} may not {}", lacks.trim());
    Some(Failure::new(cause).seen([line.trim()]).fix(
        "ask whoever runs the cluster for that right, or choose a namespace in which you have it",
    ))
}
