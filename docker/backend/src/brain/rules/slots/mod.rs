//! The details of a message: dates, tags, priorities, and which tasks are meant. Each part finds
//! its words and takes them out of the phrase; what nobody takes is the title.

pub mod calendar;
pub mod change;
pub mod date;
pub mod filter;
pub mod frame;
pub mod number;
pub mod priority;
pub mod recurrence;
pub mod several;
pub mod tags;
pub mod target;
pub mod time;
pub mod title;
