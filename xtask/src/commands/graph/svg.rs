//! The graph as a picture that needs nothing but itself, for light and dark. Knows shapes and colours; where things lie, `layers` says.

use std::fmt::Write;

use super::layers::{self, Edge, Layout, Size};
use engine::config::Pipeline;
use engine::graph::Graph;
use engine::report::html::escaped;
use protocol::Nature;

/// Fonts differ; this is a little more than a letter of the names needs in most.
const LETTER: f64 = 7.9;
const SMALL_LETTER: f64 = 6.7;
const HEIGHT: f64 = 44.0;
const PADDING: f64 = 14.0;
const MARGIN: f64 = 24.0;

const STYLE: &str = "
  svg { --paper: #ffffff; --box: #f6f8fa; --line: #57606a; --makes: #0969da; --checks: #8250df; --text: #1f2328; --quiet: #59636e; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --box: #161b22; --line: #9198a1; --makes: #4493f8; --checks: #ab7df8; --text: #f0f6fc; --quiet: #9198a1; }
  }
  .paper { fill: var(--paper); }
  .step rect { fill: var(--box); stroke: var(--makes); stroke-width: 1.5; }
  .step.checks rect { stroke: var(--checks); stroke-dasharray: 5 3; }
  .step text { font: 600 13px ui-monospace, 'DejaVu Sans Mono', monospace; fill: var(--text); text-anchor: middle; }
  .step .kind { font-size: 11px; font-weight: 400; fill: var(--quiet); }
  .edge { fill: none; stroke: var(--line); stroke-width: 1.2; opacity: .75; }
  .head { fill: var(--line); }
";

/// Draws the steps of the graph and the needs that others do not imply.
pub(super) fn draw(pipeline: &Pipeline, graph: &Graph) -> String {
    let size = |step: usize| {
        let step = &pipeline.steps[step];
        let (name, kind) = (step.id.chars().count(), step.entry.name.chars().count());
        let text = (name as f64 * LETTER).max(kind as f64 * SMALL_LETTER);
        Size {
            width: text + 2.0 * PADDING,
            height: HEIGHT,
        }
    };
    let layout = layers::lay_out(graph, size);
    let edges: String = layout.edges.iter().map(edge).collect();
    let steps: String = graph
        .order
        .iter()
        .map(|&index| step(pipeline, graph, &layout, index))
        .collect();
    let (width, height) = (layout.width + 2.0 * MARGIN, layout.height + 2.0 * MARGIN);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">
<title>{}: {} steps and their needs</title>
<style>{STYLE}</style>
<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker></defs>
<rect class=\"paper\" width=\"100%\" height=\"100%\"/>
<g transform=\"translate({MARGIN} {MARGIN})\">
{edges}{steps}</g>
</svg>
",
        escaped(&pipeline.name),
        graph.order.len()
    )
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

fn step(pipeline: &Pipeline, graph: &Graph, layout: &Layout, index: usize) -> String {
    let definition = &pipeline.steps[index];
    let (center, top, width) = layout.boxes[&index];
    let class = match definition.entry.nature {
        Nature::Makes => "step",
        Nature::Checks => "step checks",
    };
    let (id, kind) = (escaped(&definition.id), definition.entry.name);
    format!(
        "<g class=\"{class}\"><title>{}</title><rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\" rx=\"7\"/>\
         <text x=\"{center:.1}\" y=\"{:.1}\">{id}</text><text class=\"kind\" x=\"{center:.1}\" y=\"{:.1}\">{kind}</text></g>\n",
        escaped(&told(pipeline, graph, index)),
        center - width / 2.0,
        top + 19.0,
        top + 34.0,
    )
}

/// What a viewer shows when somebody points at a step.
fn told(pipeline: &Pipeline, graph: &Graph, index: usize) -> String {
    let name = |step: &usize| &*pipeline.steps[*step].id;
    let needs: Vec<&str> = graph.needs[index].iter().map(name).collect();
    let step = &pipeline.steps[index];
    match needs.as_slice() {
        [] => format!("{} ({}) needs nothing", step.id, step.entry.name),
        some => format!(
            "{} ({}) needs {}",
            step.id,
            step.entry.name,
            some.join(", ")
        ),
    }
}
