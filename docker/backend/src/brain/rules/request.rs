//! What a user can ask for, as data.

use chrono::NaiveDate;

/// One thing the user wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// New tasks; an empty list means that the title is still missing.
    Add(Vec<NewTask>),
    /// Something to do and when, and no word of what to do with it: a new task, unless there is one
    /// like it.
    Perhaps(NewTask),
    /// Tasks to be shown.
    List(Filter),
    /// Tasks to be ticked, or unticked.
    Complete {
        /// Which ones.
        target: Target,
        /// Ticked or unticked.
        done: bool,
    },
    /// Tasks to be deleted.
    Delete(Target),
    /// Tasks to be changed; an empty change means that it is still missing.
    Update {
        /// Which ones.
        target: Target,
        /// How.
        change: Change,
    },
    /// What was changed last should have been changed like this.
    Correct(Change),
    /// The last change is to be taken back.
    Undo,
    /// An answer to a question: which of the tasks.
    Pick(Target),
    /// An answer to a question: yes.
    Yes,
    /// An answer to a question: no.
    No,
    /// Something that is not about tasks.
    Talk(Talk),
    /// None of these.
    Unknown,
}

/// What is not about tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// "hello"
    Greeting,
    /// "thanks"
    Thanks,
    /// "bye"
    Farewell,
    /// "how are you"
    Wellbeing,
    /// "who are you"
    Identity,
    /// "help"
    Help,
}

/// How urgent a task is.
pub type Priority = &'static str;

/// A task that does not exist yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTask {
    /// What is to be done.
    pub title: String,
    /// More about it.
    pub notes: Option<String>,
    /// Until when.
    pub due: Option<NaiveDate>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Its tags, without `#`.
    pub tags: Vec<String>,
    /// What was said of its time that no field can hold, so that it stands in the title: "every
    /// monday", "at 6pm".
    pub kept: Vec<String>,
}

/// Which tasks are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// These places of the list, counted from 1.
    Places(Vec<usize>),
    /// The first so many.
    First(usize),
    /// The last so many.
    Last(usize),
    /// So many places before the end: 1 is the last but one.
    FromEnd(usize),
    /// The task spoken of last.
    It,
    /// The task with a title like this.
    Titled(String),
    /// Every task that passes the filter.
    All(Filter),
    /// Not said.
    Missing,
}

/// Which tasks a list has; each part that is set must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only done, or only open ones.
    pub done: Option<bool>,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Only of this priority.
    pub priority: Option<Priority>,
    /// Only due on or after this day.
    pub from: Option<NaiveDate>,
    /// Only due on or before this day.
    pub to: Option<NaiveDate>,
    /// Only with this text in them.
    pub text: Option<String>,
    /// What is due soonest comes first, instead of what was made first.
    pub soonest: bool,
}

/// How a task is to be changed; each part that is set counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// A new title.
    pub title: Option<String>,
    /// A word in the title that becomes another.
    pub swap: Option<Swap>,
    /// New notes.
    pub notes: Option<String>,
    /// A new due date.
    pub due: Option<Due>,
    /// A new priority.
    pub priority: Option<Priority>,
    /// Tags that come in addition.
    pub tag: Vec<String>,
    /// Tags that go.
    pub untag: Vec<String>,
    /// What was said of its time that no field can hold: "at 6pm".
    pub lost: Option<String>,
}

/// A word of a title that becomes another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// The word or words; without them, the title's only name.
    pub from: Option<String>,
    /// What stands there then.
    pub to: String,
}

/// A new due date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// This day.
    On(NaiveDate),
    /// So many days later than now.
    Shift(i64),
    /// None any more.
    Never,
}
