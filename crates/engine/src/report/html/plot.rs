//! What steps measured, as pictures: a plot for each unit, all on one clock, with the events
//! marked. Drawn as SVG, because the page runs no script.

use std::fmt::Write;

use serde_json::Value;

use super::super::series::Series;
use super::escaped;
use protocol::Table;

/// Size of a plot in units of its own; the page scales it.
const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 110.0;

/// A section for each step that measured something.
pub(super) fn sections(all: &[Series]) -> String {
    all.iter().map(section).collect()
}

fn section(series: &Series) -> String {
    let step = escaped(&series.step);
    let how = match series.samples.is_empty() {
        true => "Told",
        false => "Measured",
    };
    let (plots, tables) = (plots(series), series.tables.iter().map(table));
    let (events, tables) = (events(series), tables.collect::<String>());
    format!("<section>\n<h2>{how} by {step}</h2>\n{plots}{events}{tables}</section>\n")
}

fn plots(series: &Series) -> String {
    let Some((from, to)) = series.span() else {
        return String::new();
    };
    let across = |at: u64| WIDTH * (at - from) as f64 / (to - from).max(1) as f64;
    let marks = marks(series, &across);
    let units = series.units();
    let plots = units.iter().map(|(unit, names)| {
        let most = names.iter().flat_map(|name| series.values(name));
        let top = round_up(most.map(|(_, value)| value).fold(0.0, f64::max));
        let lines = names.iter().enumerate();
        let lines = lines.map(|(place, name)| {
            let point = |(at, value)| format!("{:.1},{:.1}", across(at), HEIGHT * (1.0 - value / top));
            let points: Vec<String> = series.values(name).map(point).collect();
            format!("<polyline class=\"c{}\" points=\"{}\"/>", place % 6, points.join(" "))
        });
        let lines: String = lines.collect();
        let (legend, unit) = (legend(names), escaped(unit));
        format!(
            "<figure class=\"plot\">\n<figcaption>{legend}<span class=\"top\">up to {top} {unit}</span></figcaption>\n\
             <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{unit} over time\">\
             <path class=\"grid\" d=\"M0 .5H{WIDTH}M0 {half}H{WIDTH}M0 {HEIGHT}H{WIDTH}\"/>{marks}{lines}</svg>\n</figure>\n",
            half = HEIGHT / 2.0
        )
    });
    plots.collect()
}

fn legend(names: &[&str]) -> String {
    let name = |(place, name): (usize, &&str)| {
        format!("<span class=\"c{}\">{}</span> ", place % 6, escaped(name))
    };
    names.iter().enumerate().map(name).collect()
}

fn marks(series: &Series, across: &dyn Fn(u64) -> f64) -> String {
    let mark = |(at, _): &(u64, String)| {
        format!(
            "<path class=\"event\" d=\"M{:.1} 0V{HEIGHT}\"/>",
            across(*at)
        )
    };
    series.events.iter().map(mark).collect()
}

/// The events in words, with the time since the first moment: the lines in the plots, from left to
/// right.
fn events(series: &Series) -> String {
    let Some((from, _)) = series.span().filter(|_| !series.events.is_empty()) else {
        return String::new();
    };
    let mut text = "<ol class=\"events\">\n".to_string();
    for (at, what) in &series.events {
        let seconds = (at - from) as f64 / 1000.0;
        let _ = writeln!(
            text,
            "<li><time>{seconds:.1} s</time> {}</li>",
            escaped(what)
        );
    }
    text + "</ol>\n"
}

fn table(table: &Table) -> String {
    let cells = |tag: &str, texts: &[String]| {
        let cell = |text: &String| format!("<{tag}>{}</{tag}>", escaped(text));
        format!("<tr>{}</tr>\n", texts.iter().map(cell).collect::<String>())
    };
    let row = |row: &Vec<Value>| {
        let texts: Vec<String> = row.iter().map(text).collect();
        cells("td", &texts)
    };
    let (title, head) = (escaped(&table.title), cells("th", &table.columns));
    let rows: String = table.rows.iter().map(row).collect();
    format!("<table>\n<caption>{title}</caption>\n{head}{rows}</table>\n")
}

/// A cell without the quotes of JSON.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_string)
}

/// The next of 1, 2, 5, 10, 20, … that is no smaller.
fn round_up(value: f64) -> f64 {
    let mut top = 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
        if value <= top || !value.is_finite() {
            break;
        }
        top *= factor;
    }
    top
}

#[cfg(test)]
mod tests {
    use super::super::super::series::sample;
    use super::*;

    #[test]
    fn every_unit_has_a_plot_and_every_event_a_mark() {
        let html = sections(&[sample()]);
        assert_eq!(html.matches("<svg").count(), 2);
        assert_eq!(html.matches("class=\"event\"").count(), 2);
        assert!(html.contains("a pod of &lt;web&gt; is deleted"));
        assert!(
            html.contains("<polyline class=\"c0\" points=\"0.0,90.8 800.0,93.5\"/>"),
            "{html}"
        );
        assert!(html.contains("<td>list</td><td>7</td>"));
    }

    #[test]
    fn an_axis_ends_at_a_round_number() {
        for (value, top) in [
            (0.0, 1.0),
            (0.4, 1.0),
            (1.2, 2.0),
            (3.0, 5.0),
            (48.2, 50.0),
            (101.0, 200.0),
        ] {
            assert_eq!(round_up(value), top, "{value}");
        }
    }
}
