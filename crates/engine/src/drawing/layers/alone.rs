//! Steps that nothing joins to others: in rows below the rest, since in one layer they would lie
//! far apart.

use super::net::{GAP, LAYER_GAP};
use super::{Layout, Size};
use crate::graph::StepId;

/// Rows may be so wide, or as wide as the rest.
const WIDTH: f64 = 720.0;

/// Adds these steps to what is laid out.
pub(super) fn add(layout: &mut Layout, steps: &[StepId], size: impl Fn(StepId) -> Size) {
    let most = layout.width.max(WIDTH);
    let is_first = layout.boxes.is_empty();
    let (mut left, mut top) = (
        0.0,
        if is_first {
            0.0
        } else {
            layout.height + LAYER_GAP
        },
    );
    for &step in steps {
        let Size { width, height } = size(step);
        if left > 0.0 && left + width > most {
            (left, top) = (0.0, top + height + GAP);
        }
        layout.boxes.insert(step, (left + width / 2.0, top, width));
        layout.width = layout.width.max(left + width);
        layout.height = top + height;
        left += width + GAP;
    }
}
