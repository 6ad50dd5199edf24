//! How tasks, days and numbers are said. Short, warm, and the same everywhere.

use chrono::{Datelike, NaiveDate};
use todo_core::task::{Priority, Task};

/// The most lines of a list that are shown.
const LINES_MAX: usize = 50;

/// `“Buy milk”`.
pub fn quoted(title: &str) -> String {
    format!("“{title}”")
}

/// `“A”`, `“A” and “B”`, `“A”, “B” and 3 more`.
pub fn named(tasks: &[Task]) -> String {
    match tasks {
        [] => "nothing".to_owned(),
        [one] => quoted(&one.title),
        [one, two] => format!("{} and {}", quoted(&one.title), quoted(&two.title)),
        [one, two, three] => format!(
            "{}, {} and {}",
            quoted(&one.title),
            quoted(&two.title),
            quoted(&three.title)
        ),
        [one, two, rest @ ..] => format!(
            "{}, {} and {} more",
            quoted(&one.title),
            quoted(&two.title),
            rest.len()
        ),
    }
}

/// `1 task`, `3 open tasks`.
pub fn count(number: usize, kind: &str) -> String {
    let noun = if number == 1 { "task" } else { "tasks" };
    if kind.is_empty() {
        format!("{number} {noun}")
    } else {
        format!("{number} {kind} {noun}")
    }
}

/// What is asked before many tasks are changed: `That deletes 5 tasks: … Are you sure? …`. They
/// are named if all of them, `tasks`, are known.
pub fn asked(verb: &str, number: usize, tasks: &[Task]) -> String {
    let names = if tasks.len() == number {
        format!(": {}", named(tasks))
    } else {
        String::new()
    };
    format!(
        "That {verb} {}{names}. Are you sure? Say “yes” to go ahead.",
        count(number, "")
    )
}

/// The first of `total` tasks as numbered lines.
pub fn numbered(tasks: &[Task], total: usize, today: NaiveDate) -> String {
    let lines = tasks.iter().take(LINES_MAX).enumerate();
    let mut text: String = lines
        .map(|(at, task)| format!("\n{}. {}", at + 1, line(task, today)))
        .collect();
    let shown = tasks.len().min(LINES_MAX);
    if total > shown {
        text.push_str(&format!("\n… and {} more.", total - shown));
    }
    text
}

/// `Buy milk (due tomorrow, high priority, #home)`; done ones end with a tick.
pub fn line(task: &Task, today: NaiveDate) -> String {
    let details = details(task, today);
    let details = if details.is_empty() {
        String::new()
    } else {
        format!(" ({})", details.join(", "))
    };
    format!(
        "{}{details}{}",
        task.title,
        if task.done { " ✓" } else { "" }
    )
}

/// What sets a task apart besides its title.
pub fn details(task: &Task, today: NaiveDate) -> Vec<String> {
    let due = task.due.map(|due| {
        if due < today && !task.done {
            format!("overdue since {}", day(due, today))
        } else {
            format!("due {}", day(due, today))
        }
    });
    let priority =
        (task.priority != Priority::Medium).then(|| format!("{} priority", task.priority));
    let tags = task.tags.iter().map(|tag| format!("#{tag}"));
    due.into_iter().chain(priority).chain(tags).collect()
}

/// `today`, `tomorrow`, `Friday 6 March`, with the year when it is another one.
pub fn day(day: NaiveDate, today: NaiveDate) -> String {
    match (day - today).num_days() {
        -1 => "yesterday".to_owned(),
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        _ if day.year() == today.year() => day.format("%A %-d %B").to_string(),
        _ => day.format("%-d %B %Y").to_string(),
    }
}
