//! The causes as Markdown tables, as they stand in docs/TROUBLESHOOTING.md.

use alloc::string::String;

use super::{Cause, FAMILIES, Family, Heals};

/// Every family's table under its heading.
pub fn markdown() -> String {
    FAMILIES.iter().copied().flatten().map(family).collect()
}

fn family(family: &Family) -> String {
    let rows: String = family.causes.iter().map(row).collect();
    let head = "| you see | it means | do | by itself | cause |\n| --- | --- | --- | --- | --- |\n";
    format!("### {}\n\n{head}{rows}\n", family.name)
}

fn row(cause: &Cause) -> String {
    let Cause {
        id,
        signs,
        says,
        fix,
        value,
        heals,
        ..
    } = cause;
    let value = placeholders(value);
    let code = |value: &str| format!("`{value}`");
    let fix = placeholders(&fix.replace("{value}", &code(&value)));
    let heals = match heals {
        Heals::Never => "no".into(),
        Heals::Within(seconds) => format!("waited for, {seconds} s"),
    };
    format!(
        "| {signs} | {} | {fix} | {heals} | `{id}` |\n",
        placeholders(says)
    )
}

/// `{image}` -> `IMAGE`.
fn placeholders(text: &str) -> String {
    let mut rest = text;
    let mut shown = String::new();
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
    {
        shown.extend([before, &name.to_uppercase()]);
        rest = after;
    }
    shown + rest
}
