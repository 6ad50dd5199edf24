//! What a caller may send to the chat.

use chrono::{Days, NaiveDate, Utc};
use serde::Deserialize;
use todo_core::task::{Invalid, valid_text};
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest message, in characters.
const MESSAGE_MAX: usize = 4000;

/// A message to the chatbot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What you say; 1 to 4,000 characters.
    #[schema(min_length = 1, max_length = 4000)]
    pub message: String,
    /// The conversation to go on with; without it, a new one begins.
    #[serde(default)]
    pub conversation_id: Option<Uuid>,
    /// Your date, from which "tomorrow" is counted; without it, the date in UTC.
    #[serde(default)]
    pub today: Option<NaiveDate>,
}

impl Question {
    /// The same with its text trimmed, or what is wrong with it.
    pub fn validated(self) -> Result<Self, Invalid> {
        let message = valid_text("message", &self.message, MESSAGE_MAX)?;
        Ok(Question { message, ..self })
    }

    /// The caller's date if it is one that someone on earth has now, else UTC's.
    pub fn date(&self) -> NaiveDate {
        let utc = Utc::now().date_naive();
        let possible = |day: &NaiveDate| utc - Days::new(1) <= *day && *day <= utc + Days::new(1);
        self.today.filter(possible).unwrap_or(utc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_on(today: Option<NaiveDate>) -> NaiveDate {
        Question {
            message: String::new(),
            conversation_id: None,
            today,
        }
        .date()
    }

    #[test]
    fn only_a_date_that_is_today_somewhere_is_believed() {
        let utc = Utc::now().date_naive();
        let tomorrow = utc + Days::new(1);
        assert_eq!(asked_on(Some(tomorrow)), tomorrow);
        assert_eq!(asked_on(Some(tomorrow + Days::new(1))), utc);
        assert_eq!(asked_on(Some(NaiveDate::MIN)), utc);
        assert_eq!(asked_on(None), utc);
    }
}
