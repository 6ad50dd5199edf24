//! The body of a request, which has to arrive in time, however small its pieces are.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use hyper::body::{Frame, SizeHint};
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

struct InTime {
    body: Body,
    late: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// The same body, which fails with [`TooSlow`] when its time is over; that is sooner when the
/// process ends.
pub(super) fn in_time(body: Body, lifecycle: &Lifecycle) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let lifecycle = lifecycle.clone();
    let late = Box::pin(async move {
        tokio::select! {
            () = sleep(BODY) => {}
            () = lifecycle.closing() => sleep(LEAVING).await,
        }
    });
    Body::new(InTime { body, late })
}

impl HttpBody for InTime {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Pending => {
                let late = self.late.as_mut().poll(context);
                late.map(|()| Some(Err(TooSlow.into())))
            }
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(Into::into))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
