//! What is said when no task is touched.

use super::super::request::Talk;

/// The answer to small talk.
pub fn answer(talk: Talk) -> &'static str {
    match talk {
        Talk::Greeting => "Hello! What can I do for your to-do list today?",
        Talk::Thanks => "You’re welcome!",
        Talk::Farewell => "Bye! Your tasks will be here when you’re back.",
        Talk::Wellbeing => {
            "All well here, thank you. Shall we look at your tasks? Just say “show my tasks”."
        }
        Talk::Identity => {
            "I’m your to-do assistant. I add, list, complete, change and delete your tasks."
        }
        Talk::Help => HELP,
    }
}

/// The answer to a message that was not understood and might be a task.
pub fn offer(text: &str) -> String {
    format!(
        "I’m not sure what you’d like me to do. Should I add “{}” as a task? Say “yes”, or “help” to see what I understand.",
        text.trim()
    )
}

/// The answer to a message that was not understood.
pub const LOST: &str = "Sorry, I didn’t get that. Say “help” to see what I understand.";

/// The answer to more than anybody says at once.
pub const LONG: &str = "That is too much for me at once. Please say it in several messages.";

/// The answer to a "no", or to a "yes" to nothing.
pub const LEFT: &str = "All right, I left everything as it is.";

/// The answer to a "yes" when nothing was asked.
pub const NOTHING_ASKED: &str = "Good! Is there anything I can do for your list?";

const HELP: &str = "Here is what you can say:
• “Add a task to buy groceries tomorrow #home”
• “Remind me to pay rent on the 1st, high priority”
• “Show me all my tasks”, “What’s due this week?”, “Show overdue tasks”
• “Mark the first task as complete”, “I finished the report”
• “Rename task 2 to call mum”, “Move it to Friday”, “Make it urgent”
• “Delete the last task”, “Delete all completed tasks”
• “Undo” takes the last change back.";
