//! Prompts that a host program can offer to its user. They only ask; what happens is up to the
//! model and the tools.

use rmcp::ErrorData;
use rmcp::model::{GetPromptResult, Prompt, PromptMessage, Role};

const PLAN_MY_DAY: &str = "plan_my_day";

/// The prompts on offer.
pub fn list() -> Vec<Prompt> {
    vec![Prompt::new(
        PLAN_MY_DAY,
        Some("Look through the open tasks and suggest an order for today."),
        None,
    )]
}

/// The prompt of that name.
pub fn get(name: &str) -> Result<GetPromptResult, ErrorData> {
    if name != PLAN_MY_DAY {
        return Err(ErrorData::invalid_params(
            format!("there is no prompt `{name}`; there is {PLAN_MY_DAY}"),
            None,
        ));
    }
    let text = "Call list_tasks with done: false. Suggest in which order I should do these tasks today: \
        overdue and high-priority ones first. Change nothing before I agree.";
    Ok(GetPromptResult::new(vec![PromptMessage::new_text(
        Role::User,
        text,
    )]))
}
