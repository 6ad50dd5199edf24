//! The body of a request, which has to arrive in time, however small its pieces are. What nobody
//! reads of it is thrown away, so that its sender gets to the answer.

use std::error::Error;
use std::future::ready;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::time::sleep;

use super::{BODY, LEAVING};
use crate::error_body::ApiError;
use crate::lifecycle::Lifecycle;

/// The body did not arrive in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body did not arrive within {BODY:?}")]
pub struct TooSlow;

impl TooSlow {
    /// 408, if this is why a body could not be read.
    pub fn refusal(error: &(dyn Error + 'static)) -> Option<ApiError> {
        let mut causes = std::iter::successors(Some(error), |error| (*error).source());
        causes.any(|cause| cause.is::<TooSlow>()).then(|| {
            let message = format!(
                "The body did not arrive within {} s: send it again.",
                BODY.as_secs()
            );
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", message)
        })
    }
}

/// The most bytes of a refused body that are read, so that its sender is not cut off while writing.
const THROWN_AWAY: usize = 1024 * 1024;

struct InTime {
    body: Body,
    late: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Whether its sender may be writing.
    is_coming: bool,
}

/// The same request, whose body fails with [`TooSlow`] when its time is over; that is sooner when
/// the process ends.
pub(super) fn in_time(request: Request, lifecycle: &Lifecycle) -> Request {
    // Whoever asks first whether to send it begins once it is asked for.
    let is_coming = !request.headers().contains_key(header::EXPECT);
    request.map(|body| {
        if body.is_end_stream() {
            return body;
        }
        Body::new(InTime {
            body,
            late: Box::pin(late(lifecycle.clone())),
            is_coming,
        })
    })
}

async fn late(lifecycle: Lifecycle) {
    tokio::select! {
        () = sleep(BODY) => {}
        () = lifecycle.closing() => sleep(LEAVING).await,
    }
}

/// A connection that is closed while its caller writes is reset, and the answer may be lost.
impl Drop for InTime {
    fn drop(&mut self) {
        let Some(runtime) = Handle::try_current().ok().filter(|_| self.is_coming) else {
            return;
        };
        let body = std::mem::take(&mut self.body);
        let late = std::mem::replace(&mut self.late, Box::pin(ready(())));
        runtime.spawn(async move {
            tokio::select! {
                () = throw_away(body) => {}
                () = late => {}
            }
        });
    }
}

/// Reads on without keeping anything, as far as it has to (nginx calls it a lingering close).
async fn throw_away(mut body: Body) {
    let mut left = THROWN_AWAY;
    while left > 0
        && let Some(Ok(frame)) = body.frame().await
    {
        left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
    }
}

impl HttpBody for InTime {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Pending => {
                let late = self.late.as_mut().poll(context);
                late.map(|()| Some(Err(TooSlow.into())))
            }
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(Into::into))),
        };
        self.is_coming = !matches!(frame, Poll::Ready(None | Some(Err(_))));
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
