//! A run as one page for people: outcome, failures with their fix, the graph, a timeline, and each
//! step with the end of its log. The page needs nothing but itself: no other file, no network, and
//! no script but where it is shown while the run goes on.

mod picture;
mod plot;
mod timeline;

use std::fmt::Write;

use super::files::About;
use super::series::Series;
use super::{Outcome, Report, StepReport, line, log};
use protocol::{Failure, Nature};

const STYLE: &str = include_str!("html/style.css");
/// Keeps a page as the run is, for as long as the run goes on.
const FOLLOW: &str = include_str!("html/follow.js");
/// Lines of a step's log.
const TAIL: usize = 40;
/// Steps that went well and still show the end of their log; a page must open at once.
const MOST_TAILS: usize = 300;

/// The whole page.
pub(super) fn page(report: &Report, about: &About, measured: &[Series]) -> String {
    written(report, about, measured, None)
}

/// The whole page, which follows the run; `nonce` is what its script is known by.
pub(super) fn live(report: &Report, about: &About, measured: &[Series], nonce: &str) -> String {
    written(report, about, measured, Some(nonce))
}

fn written(report: &Report, about: &About, measured: &[Series], nonce: Option<&str>) -> String {
    let (title, told) = (title(report, about), escaped(&told(report, about)));
    let head = header(report, about);
    let failures: String = failures(&report.steps, about);
    let (allowed, script) = nonce.map_or_else(Default::default, following);
    let mut page = format!(
        "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'{allowed}\">
<title>{title}</title>
{ABOUT}{told}\">
<style>
{STYLE}</style>
</head>
<body>
<main>
{head}{failures}"
    );
    // One after the other: of ten thousand steps each is some megabytes.
    page.push_str(&picture::section(&report.steps));
    page.push_str(&timeline::section(&report.steps));
    page.push_str(&plot::sections(measured));
    page.push_str(&steps(&report.steps, about));
    page.push_str("</main>\n");
    page.push_str(&script);
    page.push_str("</body>\n</html>\n");
    page
}

/// What a page that follows a run may do besides, and how it does it.
fn following(nonce: &str) -> (String, String) {
    let allowed = format!("; connect-src 'self'; script-src 'nonce-{nonce}'");
    let script = format!(
        "<p id=\"ended\" class=\"ended\" role=\"status\"></p>\n<noscript><p class=\"ended\">Load the page again to see how the run is now.</p></noscript>\n<script nonce=\"{nonce}\">\n{FOLLOW}</script>\n"
    );
    (allowed, script)
}

/// Text between tags or in an attribute, for HTML and XML; what XML 1.0 can't hold at all is left
/// out.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// What stands before and behind the sentence that says which run this is about.
const ABOUT: &str = "<meta name=\"description\" content=\"";

/// Which run this is about.
fn told(report: &Report, about: &About) -> String {
    let (word, _) = outcome(report);
    let at = humantime::format_rfc3339_seconds(about.at).to_string();
    let at = at.replace('T', " ").replace('Z', " UTC");
    format!(
        "{} on {}, {at}: {word}",
        about.wanted.join(", "),
        about.target
    )
}

/// The same, from a page.
pub fn told_by(page: &str) -> Option<String> {
    let told = page.split_once(ABOUT)?.1.split_once('"')?.0;
    let marks = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    Some(
        marks
            .iter()
            .fold(told.to_string(), |text, (from, to)| text.replace(from, to)),
    )
}

fn title(report: &Report, about: &About) -> String {
    let (word, _) = outcome(report);
    format!("{}: {word}", escaped(about.pipeline))
}

/// The run's outcome: the word that is shown, and the class that colours it.
fn outcome(report: &Report) -> (&'static str, &'static str) {
    let is_open = report.steps.iter().any(StepReport::is_open);
    match (report.signal, report.failed().next()) {
        _ if is_open => ("running", "running"),
        (Some(_), _) => ("interrupted", "stopped"),
        (None, Some(_)) => ("failed", "failed"),
        (None, None) if report.undo => ("removed", "ok"),
        (None, None) => ("succeeded", "ok"),
    }
}

fn header(report: &Report, about: &About) -> String {
    let (word, class) = outcome(report);
    let (name, target) = (escaped(about.pipeline), escaped(&about.target));
    let wanted = escaped(&about.wanted.join(", "));
    let at = humantime::format_rfc3339_seconds(about.at).to_string();
    let shown = at.replace('T', " ").replace('Z', " UTC");
    let count = escaped(&report.count_line());
    format!(
        "<header>
<h1>{name} <span class=\"badge {class}\">{word}</span></h1>
<p class=\"counts\">{count}</p>
<p class=\"quiet\"><code>{wanted}</code> on <code>{target}</code>, <time datetime=\"{at}\">{shown}</time></p>
</header>
"
    )
}

/// What failed, where nobody has to look for it.
fn failures(steps: &[StepReport], about: &About) -> String {
    let steps = steps.iter().enumerate();
    let shown =
        steps.filter_map(|(index, step)| Some(failure(index, step, step.failure()?, about)));
    shown.collect()
}

fn failure(index: usize, step: &StepReport, failure: &Failure, about: &About) -> String {
    let (id, explained) = (escaped(&step.id), explained(failure));
    let log = match log_of(index, step, about) {
        log if log.is_empty() => log,
        log => format!("<details><summary>Log</summary>\n{log}</details>\n"),
    };
    format!(
        "<article class=\"failure\" id=\"failure-{index}\">\n<h2><a href=\"#step-{index}\">{id}</a> <span class=\"kind\">{}</span></h2>\n{explained}{log}</article>\n",
        step.kind
    )
}

/// Cause, what was seen, what to do.
fn explained(failure: &Failure) -> String {
    let mut text = format!("<p class=\"cause\">{}</p>\n", escaped(&failure.cause));
    if !failure.evidence.is_empty() {
        let seen = escaped(&failure.evidence.join("\n"));
        let _ = writeln!(text, "<pre class=\"evidence\" tabindex=\"0\">{seen}</pre>");
    }
    if let Some(fix) = &failure.fix {
        let _ = writeln!(text, "<p class=\"fix\"><b>Fix</b> {}</p>", escaped(fix));
    }
    text
}

fn steps(steps: &[StepReport], about: &About) -> String {
    let mut list = String::new();
    let mut tails = MOST_TAILS;
    for (index, step) in steps.iter().enumerate() {
        // The log of a failure stands above.
        let with_log = step.failure().is_none() && step.start.is_some() && tails > 0;
        tails -= usize::from(with_log);
        list.push_str(&details(index, step, with_log.then_some(about)));
    }
    format!(
        "<section id=\"steps\">\n<h2>Steps</h2>\n<div class=\"steps\">\n{list}</div>\n</section>\n"
    )
}

fn details(index: usize, step: &StepReport, with_log: Option<&About>) -> String {
    let (mark, class) = mark(step);
    let time = step.start.map(|_| line::duration(step.duration));
    let mut text = format!(
        "<details>\n<summary><span class=\"mark {class}\">{mark}</span><span class=\"id\">{}</span>\
         <span class=\"kind\">{}</span><span class=\"reason\">{}</span><span class=\"time\">{}</span></summary>\n<dl id=\"step-{index}\">\n",
        escaped(&step.id),
        step.kind,
        escaped(&in_short(step)),
        time.unwrap_or_default()
    );
    for (name, value) in facts(step) {
        let _ = writeln!(text, "<dt>{name}</dt><dd>{}</dd>", escaped(&value));
    }
    text.push_str("</dl>\n");
    text.extend(with_log.map(|about| log_of(index, step, about)));
    text.push_str("</details>\n");
    text
}

fn in_short(step: &StepReport) -> String {
    match step.attempts {
        0 | 1 => step.reason.clone(),
        attempts => format!("{attempts} attempts; {}", step.reason),
    }
}

/// How a step ended: the word that is shown, and the class that colours it.
fn mark(step: &StepReport) -> (&'static str, &'static str) {
    let class = match step.outcome {
        Outcome::Done => "ok",
        Outcome::Skipped if step.nature == Nature::Checks => "ok",
        Outcome::Running => "running",
        Outcome::Skipped | Outcome::Cancelled | Outcome::Waiting => "quiet",
        Outcome::Failed(_) => "failed",
        Outcome::Interrupted | Outcome::LeftOut => "stopped",
    };
    (step.word(), class)
}

/// What is known of a step besides its log.
fn facts(step: &StepReport) -> Vec<(&'static str, String)> {
    let needs: Vec<&str> = step.needs.iter().map(|need| &**need).collect();
    let started = step.start.map(line::duration);
    let failure = step.failure();
    let facts = [
        ("Reason", Some(step.reason.clone())),
        ("Needs", Some(needs.join(", "))),
        ("Attempts", step.start.map(|_| step.attempts.to_string())),
        (
            "Began",
            started.map(|start| format!("{start} into the run")),
        ),
        ("Took", step.start.map(|_| line::duration(step.duration))),
        ("Fix", failure.and_then(|failure| failure.fix.clone())),
        ("Log", step.log.as_deref().map(line::shown)),
    ];
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .collect()
}

fn log_of(index: usize, step: &StepReport, about: &About) -> String {
    let lines = step.log.as_deref().map(|path| log::last_lines(path, TAIL));
    let text = (about.mask)(&lines.unwrap_or_default().join("\n"));
    if text.trim().is_empty() {
        return String::new();
    }
    let text = escaped(&text);
    let whole = match about.serves_logs {
        true => format!(" (<a href=\"log/{index}\">all of it</a>)"),
        false => String::new(),
    };
    format!("<p class=\"quiet\">The end of its log{whole}</p>\n<pre tabindex=\"0\">{text}</pre>\n")
}

#[cfg(test)]
mod tests {
    use super::super::{sample, series};
    use super::*;

    #[test]
    fn text_is_escaped() {
        let page = page(&sample::failed(), &sample::about(), &[series::sample()]);
        assert!(!page.contains("<script"));
        assert!(page.contains("&lt;script&gt;alert(&quot;x&quot;) &amp; more"));
        assert!(page.contains("<title>shop &amp; co: failed</title>"));
    }

    #[test]
    fn the_page_needs_nothing_but_itself() {
        let page = page(&sample::random(5, 30), &sample::about(), &[]);
        let page = page.replace("url(#head)", "an arrow of its own");
        let reaches_out = ["src=", "href=\"h", "url(", "@import", "<link", "<script"];
        assert!(reaches_out.iter().all(|word| !page.contains(word)));
    }

    #[test]
    fn a_failure_is_told_with_evidence_and_fix() {
        let page = page(&sample::failed(), &sample::about(), &[series::sample()]);
        for text in [
            "line ]]&gt; one",
            "try &#39;again&#39;",
            "cancelled",
            "failed",
        ] {
            assert!(page.contains(text), "{text}");
        }
    }
}
