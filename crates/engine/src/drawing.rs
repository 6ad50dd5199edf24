//! The graph as a picture that needs nothing but itself, for light and dark.

mod layers;

use std::fmt::Write;

use crate::graph::{Graph, StepId};
use crate::report::html::escaped;
use layers::{Edge, Size};

/// Fonts differ; this is a little more than a letter of the names needs in most.
const LETTER: f64 = 7.9;
const SMALL_LETTER: f64 = 6.7;
/// Letters that the smaller line has room for, so that a picture stays as it is while the line
/// changes.
const LEAST: usize = 11;
const HEIGHT: f64 = 44.0;
const PADDING: f64 = 14.0;
const MARGIN: f64 = 24.0;

const STYLE: &str = "
  .graph { --paper: #ffffff; --box: #f6f8fa; --line: #57606a; --makes: #0969da; --checks: #8250df; --text: #1f2328; --quiet: #59636e; }
  @media (prefers-color-scheme: dark) {
    .graph { --paper: #0d1117; --box: #161b22; --line: #9198a1; --makes: #4493f8; --checks: #ab7df8; --text: #f0f6fc; --quiet: #9198a1; }
  }
  .graph .paper { fill: var(--paper); }
  .graph .step rect { fill: var(--box); stroke: var(--makes); stroke-width: 1.5; }
  .graph .step.checks rect { stroke: var(--checks); stroke-dasharray: 5 3; }
  .graph .step text { font: 600 13px ui-monospace, 'DejaVu Sans Mono', monospace; fill: var(--text); text-anchor: middle; }
  .graph .step .kind { font-size: 11px; font-weight: 400; fill: var(--quiet); }
  .graph .edge { fill: none; stroke: var(--line); stroke-width: 1.2; opacity: .75; }
  .graph .head { fill: var(--line); }
";

/// How a step is drawn.
pub struct Shape<'a> {
    /// Its name.
    pub id: &'a str,
    /// The smaller line below it.
    pub below: &'a str,
    /// More classes of the picture's style, for colours.
    pub class: &'a str,
    /// What a viewer shows when somebody points at it.
    pub told: String,
    /// Where it leads when it is clicked.
    pub link: Option<String>,
}

/// Draws the steps of the graph and the needs that others do not imply. `role` is `img`, or `group`
/// where steps lead somewhere.
pub fn draw<'a>(
    (title, role): (&str, &str),
    graph: &Graph,
    shape: impl Fn(StepId) -> Shape<'a>,
) -> String {
    let layout = layers::lay_out(graph, |step| size(&shape(step)));
    let edges: String = layout.edges.iter().map(edge).collect();
    let order = graph.order.iter();
    let steps: String = order
        .map(|index| step(&shape(*index), layout.boxes[index]))
        .collect();
    let (width, height) = (layout.width + 2.0 * MARGIN, layout.height + 2.0 * MARGIN);
    let title = escaped(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" role=\"{role}\" aria-label=\"{title}\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">
<title>{title}</title>
<style>{STYLE}</style>
<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker></defs>
<rect class=\"paper\" width=\"100%\" height=\"100%\"/>
<g transform=\"translate({MARGIN} {MARGIN})\">
{edges}{steps}</g>
</svg>
"
    )
}

/// Large enough for its names.
fn size(shape: &Shape) -> Size {
    let (name, below) = (shape.id.chars().count(), shape.below.chars().count());
    let below = below.max(LEAST);
    let text = (name as f64 * LETTER).max(below as f64 * SMALL_LETTER);
    Size {
        width: text + 2.0 * PADDING,
        height: HEIGHT,
    }
}

/// A curve that leaves and enters upright, through the places that are kept free for it.
fn edge(edge: &Edge) -> String {
    let (mut x, mut y) = edge.points[0];
    let mut path = format!("M{x:.1} {y:.1}");
    for &(to_x, to_y) in &edge.points[1..] {
        if (to_x - x).abs() < 0.5 {
            let _ = write!(path, "L{to_x:.1} {to_y:.1}");
        } else {
            let middle = (y + to_y) / 2.0;
            let _ = write!(
                path,
                "C{x:.1} {middle:.1} {to_x:.1} {middle:.1} {to_x:.1} {to_y:.1}"
            );
        }
        (x, y) = (to_x, to_y);
    }
    format!("<path class=\"edge\" d=\"{path}\" marker-end=\"url(#head)\"/>\n")
}

fn step(shape: &Shape, (center, top, width): (f64, f64, f64)) -> String {
    let (id, below, told) = (
        escaped(shape.id),
        escaped(shape.below),
        escaped(&shape.told),
    );
    let (open, close) = match &shape.link {
        Some(link) => (format!("<a href=\"{}\">", escaped(link)), "</a>"),
        None => (String::new(), ""),
    };
    format!(
        "{open}<g class=\"step {}\"><title>{told}</title><rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\" rx=\"7\"/>\
         <text x=\"{center:.1}\" y=\"{:.1}\">{id}</text><text class=\"kind\" x=\"{center:.1}\" y=\"{:.1}\">{below}</text></g>{close}\n",
        shape.class,
        center - width / 2.0,
        top + 19.0,
        top + 34.0,
    )
}
