//! What the tests of several kinds need.

use alloc::string::ToString;

use protocol::{Answer, Output, StepContext};

/// A step of the pipeline `app` that was never done and is about to act.
pub(crate) fn context() -> StepContext<'static> {
    StepContext {
        last: None,
        noted: None,
        pipeline: "app",
        content: "0123456789ab".to_string(),
        before: None,
        clone: "c10000000000",
        now: 1_795_650_000,
        acting: true,
        undo: false,
        doomed: false,
        all: false,
        adopt: false,
        secrets: &(),
        yes: false,
    }
}

/// A tool that ended well and printed this.
pub(crate) fn said(stdout: &str) -> Answer {
    Answer::Ran(Output {
        stdout: stdout.to_string(),
        ..Output::default()
    })
}

/// A tool that failed and printed this to standard error.
pub(crate) fn failed(stderr: &str) -> Answer {
    Answer::Ran(Output {
        code: 1,
        stderr: stderr.to_string(),
        ..Output::default()
    })
}
