//! `If-Match`: change a task only as long as it is the one the caller has seen.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use todo_core::task::Version;
use utoipa::IntoParams;

/// The versions that a task may have; without the header, or with `*`, any.
#[derive(Debug, Clone, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Header, names("if-match"))]
pub struct IfMatch(
    /// The task's `ETag`, to change nothing if it was changed meanwhile: then the answer is 412.
    #[param(value_type = Option<String>)]
    Option<Vec<Version>>,
);

impl IfMatch {
    /// Those versions; `None` for any.
    pub fn versions(&self) -> Option<&[Version]> {
        self.0.as_deref()
    }

    fn of(headers: &HeaderMap) -> Self {
        let lines: Vec<_> = headers.get_all(header::IF_MATCH).iter().collect();
        if lines.is_empty() {
            return IfMatch(None);
        }
        let lines = lines.iter().filter_map(|line| line.to_str().ok());
        let tags: Vec<&str> = lines
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .collect();
        IfMatch((tags != ["*"]).then(|| tags.into_iter().filter_map(version).collect()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(IfMatch::of(&parts.headers))
    }
}

/// The version in `"3"`. Anything else is a tag that no task has, a weak one too.
fn version(tag: &str) -> Option<Version> {
    tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], expected: Option<&[Version]>) {
        let headers = lines
            .iter()
            .map(|line| (header::IF_MATCH, line.parse().unwrap()));
        assert_eq!(
            IfMatch::of(&headers.collect()).versions(),
            expected,
            "{lines:?}"
        );
    }

    #[test]
    fn what_is_asked_for() {
        check(&[], None);
        check(&["*"], None);
        check(&["\"3\""], Some(&[3]));
        check(&["\"3\", \"4\"", "\"5\""], Some(&[3, 4, 5]));
        check(&["W/\"3\""], Some(&[]));
        check(&["3"], Some(&[]));
        check(&["\"x\""], Some(&[]));
        check(&[""], Some(&[]));
    }
}
