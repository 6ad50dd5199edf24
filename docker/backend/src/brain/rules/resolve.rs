//! Which of the tasks a target means. Pure: tasks, memory and target in, tasks or a question out.

use std::collections::HashSet;

use todo_core::task::{TITLE_MAX, Task, TaskId};

use super::memory::{Memory, Seen, Shown};
use super::request::Target;
use super::similar::likeness;
use super::tasks::passes;

/// Alike enough to be meant.
const LIKELY: f64 = 0.6;
/// Alike enough to leave no doubt.
const SURE: f64 = 0.85;
/// Two titles this close are both possible.
const CLOSE: f64 = 0.12;

/// What a target comes down to.
#[derive(Debug, PartialEq)]
pub enum Meant {
    /// These tasks.
    Tasks(Vec<Task>),
    /// These tasks, and nothing for these names.
    Part(Vec<Task>, Vec<String>),
    /// One of these; the user has to say which.
    OneOf(Vec<Task>),
    /// None, for this reason; some to choose from, if that helps.
    Nothing(String, Vec<Task>),
}

impl Meant {
    /// The tasks it speaks of.
    pub fn tasks(&self) -> &[Task] {
        match self {
            Meant::Tasks(tasks)
            | Meant::Part(tasks, _)
            | Meant::OneOf(tasks)
            | Meant::Nothing(_, tasks) => tasks,
        }
    }

    fn nothing(why: impl Into<String>) -> Self {
        Meant::Nothing(why.into(), Vec::new())
    }
}

/// The most tasks that are named one after the other.
const NAMES_MAX: usize = 30;
/// The longest name of a task, in bytes.
const WANTED_MAX: usize = 4 * TITLE_MAX;
/// As many open tasks are shown to choose from.
const CHOICE: usize = 20;

/// Finds the target among `tasks`. `usual` tells which tasks a place counts when no list was shown
/// yet.
pub fn resolve(
    target: &Target,
    tasks: &[Task],
    memory: &Memory<'_>,
    usual: impl Fn(&Task) -> bool,
) -> Meant {
    let meant = among(target, tasks, memory, usual);
    let named = matches!(
        target,
        Target::Titled(_) | Target::Missing | Target::Places(_)
    );
    let open: Vec<Task> = tasks.iter().filter(|task| !task.done).cloned().collect();
    match meant {
        Meant::Nothing(why, _) if named && open.len() <= CHOICE => Meant::Nothing(why, open),
        meant => meant,
    }
}

fn among(
    target: &Target,
    tasks: &[Task],
    memory: &Memory<'_>,
    usual: impl Fn(&Task) -> bool,
) -> Meant {
    match target {
        Target::Titled(title) => named(title, tasks, &usual),
        Target::All(filter) => everything(
            tasks
                .iter()
                .filter(|task| passes(task, filter))
                .cloned()
                .collect(),
        ),
        Target::It => it(tasks, memory),
        Target::Missing => {
            Meant::nothing("Which task do you mean? Say its number or its title.".to_owned())
        }
        Target::Places(numbers) => {
            let highest = numbers.iter().copied().max().unwrap_or_default();
            placed(target, &places(tasks, memory, usual, highest), tasks)
        }
        _ => placed(target, &places(tasks, memory, usual, 0), tasks),
    }
}

/// Whether these words are alike enough to the title to mean it.
pub fn is_likely(words: &str, title: &str) -> bool {
    likeness(words, title) >= LIKELY
}

/// Whether both titles leave no doubt that they tell of the same.
pub fn is_same(title: &str, other: &str) -> bool {
    likeness(title, other) >= SURE && likeness(other, title) >= SURE
}

/// Whether the title names one of the tasks, and no other.
pub fn is_there(title: &str, tasks: &[Task]) -> bool {
    matches!(titled(title, tasks, &|_| true), Meant::Tasks(_))
}

/// One task, or several that are named one after the other: "groceries and rent".
fn named(title: &str, tasks: &[Task], usual: &impl Fn(&Task) -> bool) -> Meant {
    let whole = titled(title, tasks, usual);
    let names: Vec<&str> = title
        .split([',', '&'])
        .flat_map(|part| part.split(" and "))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    let as_one = best(title, tasks);
    if !(2..=NAMES_MAX).contains(&names.len()) || as_one >= SURE {
        return whole;
    }
    one_by_one(&names, as_one, tasks, usual).unwrap_or(whole)
}

/// The tasks of these names, if each of those that are found is a task of its own and more alike
/// than all the words together, `as_one`, are to any.
fn one_by_one(
    names: &[&str],
    as_one: f64,
    tasks: &[Task],
    usual: &impl Fn(&Task) -> bool,
) -> Option<Meant> {
    let (mut meant, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match titled(name, tasks, usual) {
            Meant::Tasks(found) if best(name, tasks) > as_one => meant.extend(found),
            Meant::Nothing(..) => missing.push((*name).to_owned()),
            _ => return None,
        }
    }
    let ids: HashSet<TaskId> = meant.iter().map(|task| task.id).collect();
    let apart = ids.len() == meant.len() && !meant.is_empty();
    match (apart, missing.is_empty()) {
        (true, true) => Some(Meant::Tasks(meant)),
        // Of what nobody understands as a whole, one part is not enough to go by.
        (true, false) if as_one >= LIKELY => Some(Meant::Part(meant, missing)),
        _ => None,
    }
}

/// How alike the title is to the most alike one.
fn best(title: &str, tasks: &[Task]) -> f64 {
    if title.len() > WANTED_MAX {
        return 0.0;
    }
    let scores = tasks.iter().map(|task| likeness(title, &task.title));
    scores.fold(0.0, f64::max)
}

fn everything(tasks: Vec<Task>) -> Meant {
    if tasks.is_empty() {
        Meant::nothing("There are no such tasks.".to_owned())
    } else {
        Meant::Tasks(tasks)
    }
}

fn it(tasks: &[Task], memory: &Memory<'_>) -> Meant {
    let id = memory.it().or_else(|| {
        tasks
            .first()
            .filter(|_| tasks.len() == 1)
            .map(|task| task.id)
    });
    match tasks.iter().find(|task| Some(task.id) == id) {
        Some(task) => Meant::Tasks(vec![task.clone()]),
        None => Meant::nothing("Which task do you mean? Say its number or its title.".to_owned()),
    }
}

/// The list that places count in: the one seen last, else the usual tasks, else all, as when the
/// highest place is beyond the usual ones.
fn places(
    tasks: &[Task],
    memory: &Memory<'_>,
    usual: impl Fn(&Task) -> bool,
    highest: usize,
) -> Vec<Shown> {
    if let Some(seen) = memory.list() {
        return whole(seen, tasks);
    }
    let list: Vec<Shown> = tasks
        .iter()
        .filter(|task| usual(task))
        .map(Shown::of)
        .collect();
    if list.is_empty() || (list.len() < highest && highest <= tasks.len()) {
        tasks.iter().map(Shown::of).collect()
    } else {
        list
    }
}

/// A list of which the user saw the beginning goes on with the tasks it would have shown next.
fn whole(seen: Seen, tasks: &[Task]) -> Vec<Shown> {
    let Seen { mut places, rest } = seen;
    if let Some(filter) = rest {
        let known: HashSet<TaskId> = places.iter().map(|shown| shown.id).collect();
        let others = tasks.iter().filter(|task| !known.contains(&task.id));
        places.extend(others.filter(|task| passes(task, &filter)).map(Shown::of));
    }
    places
}

fn placed(target: &Target, list: &[Shown], tasks: &[Task]) -> Meant {
    let there: Vec<&Shown> = list
        .iter()
        .filter(|shown| !shown.gone && tasks.iter().any(|task| task.id == shown.id))
        .collect();
    let count = there.len();
    let chosen: Vec<&Shown> = match target {
        Target::First(number) => there.into_iter().take(*number).collect(),
        Target::Last(number) => there
            .into_iter()
            .skip(count.saturating_sub(*number))
            .collect(),
        Target::FromEnd(back) => count
            .checked_sub(back + 1)
            .map(|at| there[at])
            .into_iter()
            .collect(),
        Target::Places(numbers) => match numbers
            .iter()
            .map(|number| at_place(*number, list, &there))
            .collect()
        {
            Ok(chosen) => chosen,
            Err(why) => return Meant::nothing(why),
        },
        _ => Vec::new(),
    };
    let meant: Vec<Task> = chosen
        .iter()
        .filter_map(|shown| tasks.iter().find(|task| task.id == shown.id))
        .cloned()
        .collect();
    if meant.is_empty() {
        Meant::nothing("Your list is empty, so there is nothing to do.".to_owned())
    } else {
        Meant::Tasks(meant)
    }
}

fn at_place<'l>(
    number: usize,
    list: &'l [Shown],
    there: &[&'l Shown],
) -> Result<&'l Shown, String> {
    match list.get(number - 1) {
        Some(shown) if there.contains(&shown) => Ok(shown),
        // The first one is whatever comes first, also when the one that stood there is gone.
        Some(_) if number == 1 => there
            .first()
            .copied()
            .ok_or_else(|| "Your list is empty, so there is nothing to do.".to_owned()),
        Some(shown) => Err(format!(
            "Task {number}, “{}”, is gone already.",
            shown.title
        )),
        None if there.is_empty() => {
            Err("Your list is empty, so there is nothing to do.".to_owned())
        }
        None => Err(format!(
            "There is no task {number}: the list has {}.",
            list.len()
        )),
    }
}

/// The most alike title; usual tasks first, and a question when two are equally likely.
fn titled(title: &str, tasks: &[Task], usual: &impl Fn(&Task) -> bool) -> Meant {
    if title.len() > WANTED_MAX {
        return Meant::nothing("I can’t find a task with so long a name.");
    }
    let mut likely: Vec<(f64, &Task)> = tasks
        .iter()
        .map(|task| (likeness(title, &task.title), task))
        .filter(|(score, _)| *score >= LIKELY)
        .collect();
    if likely.iter().any(|(_, task)| usual(task)) {
        likely.retain(|(_, task)| usual(task));
    }
    likely.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let Some((best, first)) = likely.first().copied() else {
        return Meant::nothing(format!("I can’t find a task like “{title}”."));
    };
    let rivals: Vec<Task> = likely
        .iter()
        .filter(|(score, _)| best < 1.0 && best - score < CLOSE)
        .map(|(_, task)| (*task).clone())
        .collect();
    if rivals.len() > 1 {
        Meant::OneOf(rivals)
    } else {
        Meant::Tasks(vec![first.clone()])
    }
}
