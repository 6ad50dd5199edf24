//! How long a database is waited for. A server that is stopped, or a network that swallows packets,
//! answers nothing at all, so the limit cannot be left to the other side.

use std::time::Duration;

use sqlx::Error;
use tokio::time::timeout;

/// How long a question may take, the wait for a connection included; less than the 5 s in which a
/// caller is promised an answer.
pub(super) const ASKING: Duration = Duration::from_secs(4);

/// How long the end of the connections may take.
pub(super) const CLOSING: Duration = Duration::from_secs(2);

/// The answer, or an error of the kind "not available".
pub(super) async fn asked<T>(question: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let answer = timeout(ASKING, question).await;
    answer.unwrap_or_else(|_| Err(Error::Io(std::io::ErrorKind::TimedOut.into())))
}
